import { Alert, Anchor, Code, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Alert as Open } from '../../../../src/api/answers/status.ts'
import { alertWords } from '../alert-words.ts'
import { failureText } from '../failure-words.ts'
import { useNow } from '../now.ts'
import type { DestinationStatus } from '../status.ts'
import { Ago } from './time.tsx'

/** What needs a person now; nothing at all when nothing does. */
export function AlertsPanel(props: {
  alerts: readonly Open[]
  destinations: readonly DestinationStatus[]
  sourceName: (id: string) => string
}) {
  const { alerts, destinations, sourceName } = props
  return alerts.map((alert) => (
    <OpenAlert
      key={alert.id}
      alert={alert}
      about={destinations.filter(({ id }) => alert.destinations.some((each) => each.id === id))}
      sourceName={sourceName}
    />
  ))
}

function OpenAlert(props: { alert: Open; about: readonly DestinationStatus[]; sourceName: (id: string) => string }) {
  const { alert, about, sourceName } = props
  const { kind, destinations, since, message, detail } = alert
  const { title, step, linksOf } = alertWords(alert)
  const nowMs = useNow()
  const failures = kind === 'breaker_open' ? about.flatMap(({ lastFailure }) => lastFailure ?? []) : []
  const last = failures.toSorted((a, b) => b.atMs - a.atMs)[0]
  return (
    <Alert
      color={kind === 'dead_letters' || kind === 'backlog' ? 'yellow' : 'red'}
      icon={<IconAlertTriangle size={18} />}
      title={title}
      role="status"
    >
      <Stack gap={4}>
        {last !== undefined && <Text size="sm">{failureText(last, nowMs)}</Text>}
        <Text size="sm">
          {message} Opened <Ago at={since} />.
        </Text>
        <Text size="sm" fw={600}>
          {step}
        </Text>
        {detail !== null && <Code block>{detail}</Code>}
        {destinations.map(({ id, name }) => {
          const source = about.find((each) => each.id === id)?.sourceId
          const called = source === undefined ? name : `${name}, from ${sourceName(source)}`
          return (
            <Group gap="sm" key={id}>
              <Text size="sm">{called}:</Text>
              {linksOf(id).map(({ label, to, hash }) => (
                <Anchor
                  key={to + label}
                  c="inherit"
                  size="sm"
                  component={Link}
                  to={to}
                  {...(hash === undefined ? {} : { hash })}
                  aria-label={`${label}: ${called}`}
                >
                  {label}
                </Anchor>
              ))}
            </Group>
          )
        })}
      </Stack>
    </Alert>
  )
}
