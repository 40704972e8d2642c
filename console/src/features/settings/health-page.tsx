import { Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { alertsQuery } from '../../shared/alerts.ts'
import { useSources } from '../../shared/source-names.ts'
import { statusQuery } from '../../shared/status.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Loading } from '../../shared/ui/loading.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { WarningList } from '../../shared/ui/warning-list.tsx'
import { HealthAlerts } from './health-alerts.tsx'
import { HealthFacts } from './health-facts.tsx'

export function HealthPage() {
  const health = useQuery(statusQuery)
  const alerts = useQuery(alertsQuery)
  const { isPending: isNaming } = useSources()
  return (
    <Page
      title="Health"
      purpose="How the server itself is doing, and what it needs from whoever runs it."
      help="operations#health-and-metrics"
    >
      <Answered query={health} label="Loading what the server says of itself" rows={8}>
        {(status) =>
          // Nothing is drawn that an alert, or a long name in it, would push down.
          alerts.isPending || isNaming ? (
            <Loading label="Loading alerts" rows={8} />
          ) : (
            <>
              <Answered query={alerts} label="Loading alerts" rows={1}>
                {({ alerts: open, closed }) => <HealthAlerts open={open} closed={closed} status={status} />}
              </Answered>
              <HealthFacts status={status} />
              <Paper withBorder p="md">
                <Stack gap="xs">
                  <Title order={2}>How it runs</Title>
                  {status.warnings.length === 0 ? (
                    <Text size="sm">Nothing was overridden, and nothing is unwise.</Text>
                  ) : (
                    <WarningList warnings={status.warnings} />
                  )}
                  <Text size="sm">
                    {status.egressAllow.length === 0
                      ? 'Destinations can be at public addresses only.'
                      : `Beside public addresses destinations can be at ${status.egressAllow.join(', ')}.`}
                  </Text>
                </Stack>
              </Paper>
            </>
          )
        }
      </Answered>
    </Page>
  )
}
