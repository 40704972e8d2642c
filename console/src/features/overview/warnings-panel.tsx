import { Alert, List } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'

const WARNINGS: Readonly<Record<string, string>> = {
  network_filesystem:
    'The data directory is on a network file system, by override: an event that was taken could be lost there. Move it to a local disk.',
  overlay_filesystem: 'The data directory is inside a container and goes with it. Put it on a volume.',
  running_as_root: 'The server runs as root. Give it a user of its own.',
  async_standby:
    'PostgreSQL has no synchronous standby, by override: a failover could lose the newest state. Set one up.',
}

/** What was overridden or is unwise about how the server runs. */
export function WarningsPanel({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <Alert color="yellow" icon={<IconInfoCircle size={18} />} title="How this server runs">
      <List size="sm">
        {warnings.map((warning) => (
          <List.Item key={warning}>{WARNINGS[warning] ?? warning}</List.Item>
        ))}
      </List>
    </Alert>
  )
}
