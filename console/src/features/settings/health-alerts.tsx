import { Alert, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ClosedAlert, Alert as OpenAlert } from '../../../../src/api/answers/status.ts'
import { Ago } from '../../shared/ui/time.tsx'

/** What needs a person now, what did lately, and who is told. @param to host; null for nobody, undefined while it is not known */
export function HealthAlerts(props: {
  open: readonly OpenAlert[]
  closed: readonly ClosedAlert[]
  to: string | null | undefined
}) {
  const { open, closed, to } = props
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>Alerts</Title>
        {open.length === 0 && <Text size="sm">Nothing needs you.</Text>}
        {open.map((alert) => (
          <Alert key={alert.id} color="red" icon={<IconAlertTriangle size={18} />} title={namesOf(alert)}>
            <Text size="sm">
              {alert.message} <Ago at={alert.since} />
            </Text>
            <Text size="sm" fw={600}>
              {alert.nextStep}
            </Text>
          </Alert>
        ))}
        {to !== undefined && (
          <Text size="sm">
            {to === null
              ? 'Alerts are shown here only: GRAPEVINE_ALERT_URL says where they are posted, too.'
              : `Alerts are posted to ${to} when they open and when they end.`}
          </Text>
        )}
        {closed.length > 0 && <Closed alerts={closed} />}
      </Stack>
    </Paper>
  )
}

function Closed({ alerts }: { alerts: readonly ClosedAlert[] }) {
  return (
    <>
      <Title order={3}>Alerts that ended last</Title>
      {alerts.map((alert) => (
        <div key={`${alert.id} ${alert.closedAt}`}>
          <Text size="sm" fw={600}>
            {namesOf(alert)}
          </Text>
          <Text size="sm">
            {alert.message} It ended <Ago at={alert.closedAt} />.
          </Text>
        </div>
      ))}
    </>
  )
}

const namesOf = ({ destinations }: OpenAlert) =>
  destinations.length === 0 ? 'The server' : destinations.map(({ name }) => name).join(', ')
