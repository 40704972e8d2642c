import { List } from '@mantine/core'

/** What a word of the server about how it runs means. */
const WARNINGS: Readonly<Record<string, string>> = {
  network_filesystem:
    'The data directory is on a network file system, by override: an event that was taken could be lost there. Move it to a local disk.',
  overlay_filesystem: 'The data directory is inside a container and goes with it. Put it on a volume.',
  running_as_root: 'The server runs as root. Give it a user of its own.',
  async_standby:
    'PostgreSQL has no synchronous standby, by override: a failover could lose the newest state. Set one up.',
}

/** What was overridden or is unwise about how the server runs. */
export function WarningList({ warnings }: { warnings: readonly string[] }) {
  return (
    <List size="sm">
      {warnings.map((warning) => (
        <List.Item key={warning}>{WARNINGS[warning] ?? warning}</List.Item>
      ))}
    </List>
  )
}
