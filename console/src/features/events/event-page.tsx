import { Alert, Group, Stack, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Explanation, Unaccepted } from '../../../../src/api/answers/deliveries.ts'
import { callText } from '../../shared/delivery-words.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { Json } from '../../shared/ui/json.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { explanationQuery } from './api.ts'
import { lookupOf } from './steps.ts'
import { StepsView } from './steps-view.tsx'

/** One event, and every step it took. */
export function EventPage() {
  const { messageId } = useParams({ from: '/signed-in/events/$messageId' })
  return (
    <Page
      title="One event"
      purpose={<Copyable value={messageId} what="message id" />}
      help="console#why-did-this-user-not-get-it"
    >
      <ForThose right="pii:read" what="What is in events is">
        <Explained messageId={messageId} />
      </ForThose>
    </Page>
  )
}

function Explained({ messageId }: { messageId: string }) {
  const query = useQuery(explanationQuery(messageId))
  return (
    <Answered query={query} label="Loading the steps of the event" rows={10}>
      {({ events, unaccepted }) => (
        <Stack gap="lg">
          {unaccepted.length > 0 && <NotAccepted all={unaccepted} />}
          {events.map((each) => (
            <OneEvent key={each.position} explained={each} />
          ))}
        </Stack>
      )}
    </Answered>
  )
}

const BECAME: Readonly<Record<string, string>> = {
  rejected: 'Refused',
  duplicate: 'Dropped as a duplicate',
  suppressed: 'Suppressed',
  waiting: 'Received, and not worked through yet',
}

function NotAccepted({ all }: { all: readonly Unaccepted[] }) {
  const sourceName = useSourceName()
  return (
    <Stack gap="xs">
      {all.map(({ position, became, why, receivedAt, sourceId }) => (
        <Alert
          key={`${position} ${why}`}
          color={became === 'rejected' ? 'red' : became === 'waiting' ? 'blue' : 'orange'}
          title={BECAME[became] ?? became}
        >
          <Text size="sm">{why}</Text>
          <Text size="xs">
            Received by {sourceName(sourceId)} <Ago at={receivedAt} size="xs" />, position {position}.{' '}
            {became === 'rejected' && 'No destination gets it. Its sender was told, and has to correct it.'}
          </Text>
        </Alert>
      ))}
    </Stack>
  )
}

function OneEvent({ explained }: { explained: Explanation }) {
  const { tab = 'steps' } = useSearch({ from: '/signed-in/events/$messageId' })
  const navigate = useNavigate()
  const { event } = explained
  return (
    <Stack gap="sm">
      <Group gap="md">
        <Title order={2}>{event === null ? `Position ${explained.position}` : titleOf(event)}</Title>
        {event !== null && <Person explained={explained} />}
      </Group>
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => void navigate({ to: '.', search: next === 'event' ? { tab: 'event' } : {}, replace: true })}
      >
        <Tabs.List>
          <Tabs.Tab value="steps">Steps</Tabs.Tab>
          <Tabs.Tab value="event" disabled={event === null}>
            The event itself
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="steps" pt="md">
          <StepsView explained={explained} />
        </Tabs.Panel>
        <Tabs.Panel value="event" pt="md">
          <Json value={event} label="The event" />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

/** Whose it is, and their profile in the first space that has the event. */
function Person({ explained: { event, spaces } }: { explained: Explanation }) {
  const lookup = lookupOf(event)
  const space = spaces.find(({ skipped }) => skipped === null)
  if (event === null) return null
  if (lookup === null || space === undefined) return <Text size="sm">{personOf(event)}</Text>
  return (
    <AnchorLink to="/profiles/$lookup" params={{ lookup }} search={{ space: space.spaceId }} size="sm">
      {personOf(event)}
    </AnchorLink>
  )
}

type Event = NonNullable<Explanation['event']>

const textOr = (value: unknown) => (typeof value === 'string' ? value : null)

const titleOf = (event: Event) =>
  callText({ type: String(event['type']), name: textOr(event['event']) ?? textOr(event['name']) })

function personOf(event: Event): string {
  const known = [
    ['user id', textOr(event['userId'])],
    ['anonymous id', textOr(event['anonymousId'])],
  ].flatMap(([label, value]) => (value === null ? [] : [`${label} ${value}`]))
  return known.length === 0 ? 'of nobody in particular' : `of ${known.join(', ')}`
}
