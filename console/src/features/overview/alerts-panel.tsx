import { Alert, Anchor, Code, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Alert as Open } from '../../../../src/api/answers/status.ts'
import { Ago } from '../../shared/ui/time.tsx'

const TITLES: Readonly<Record<Open['kind'], string>> = {
  hold: 'A destination is on hold',
  breaker_open: 'A destination is down',
  backlog: 'Events wait for long',
  dead_letters: 'There are dead letters',
  log_nearly_full: 'The event log is nearly full',
  disk_nearly_full: 'The disk is nearly full',
  counts: 'The counts do not add up',
  backup_failed: 'A backup failed',
}

/** What needs a person now; nothing at all when nothing does. */
export function AlertsPanel({ alerts, sourceOf }: { alerts: readonly Open[]; sourceOf: (id: string) => string }) {
  return alerts.map((alert) => <OpenAlert key={alert.id} alert={alert} sourceOf={sourceOf} />)
}

function OpenAlert({ alert, sourceOf }: { alert: Open; sourceOf: (id: string) => string }) {
  const { kind, destinations, since, message, nextStep, detail } = alert
  return (
    <Alert
      color={kind === 'dead_letters' || kind === 'backlog' ? 'yellow' : 'red'}
      icon={<IconAlertTriangle size={18} />}
      title={TITLES[kind]}
      role="status"
    >
      <Stack gap={4}>
        <Text size="sm">
          {message} Opened <Ago at={since} />.
        </Text>
        <Text size="sm" fw={600}>
          {nextStep}
        </Text>
        {detail !== null && <Code block>{detail}</Code>}
        <Group gap="sm">
          {destinations.map(({ id, name }) => (
            <Anchor key={id} size="sm" component={Link} to={`/destinations/${id}/delivery`}>
              {name}, from {sourceOf(id)}
            </Anchor>
          ))}
        </Group>
      </Stack>
    </Alert>
  )
}
