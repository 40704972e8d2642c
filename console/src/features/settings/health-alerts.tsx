import { Paper, Stack, Text, Title } from '@mantine/core'
import type { Alert, ClosedAlert, Status } from '../../../../src/api/answers/status.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { AlertsPanel } from '../../shared/ui/alerts-panel.tsx'
import { Ago } from '../../shared/ui/time.tsx'

/** What needs a person now, what did lately, and who is told. */
export function HealthAlerts(props: { open: readonly Alert[]; closed: readonly ClosedAlert[]; status: Status }) {
  const { open, closed, status } = props
  const sourceName = useSourceName()
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>Alerts</Title>
        {open.length === 0 && <Text size="sm">Nothing needs you.</Text>}
        <AlertsPanel alerts={open} destinations={status.destinations} sourceName={sourceName} />
        <Text size="sm">
          {status.server.alertsTo === null
            ? 'Alerts are shown here only: GRAPEVINE_ALERT_URL says where they are posted, too.'
            : `Alerts are posted to ${status.server.alertsTo} when they open and when they end.`}
        </Text>
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

const namesOf = ({ destinations }: Alert) =>
  destinations.length === 0 ? 'The server' : destinations.map(({ name }) => name).join(', ')
