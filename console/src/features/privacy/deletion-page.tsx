import { Alert, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { RegulationProgress } from '../../../../src/api/answers/regulations.ts'
import { reasonText } from '../../shared/delivery-words.ts'
import { useDestinationNames } from '../../shared/destination-names.ts'
import { forgetUnseen } from '../../shared/forget.ts'
import { counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { BecameBadge } from '../../shared/ui/became-badge.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { ExchangeView } from '../../shared/ui/exchange-view.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { Work } from '../../shared/ui/work.tsx'
import { listText } from './accounts.ts'
import { deletionQuery } from './api.ts'
import { DeletionBadge } from './status-badge.tsx'

type Destination = RegulationProgress['destinations'][number]
type Call = Destination['latest'][number]

/** How far a deletion is, for each destination, and what each answered. */
export function DeletionPage() {
  const { id } = useParams({ from: '/signed-in/privacy/$id' })
  return (
    <Page title="A deletion" purpose={<Copyable value={id} what="id of the deletion" />} help="console#delete-a-user">
      <Deletion id={id} />
    </Page>
  )
}

function Deletion({ id }: { id: string }) {
  const query = useQuery(deletionQuery(id))
  const client = useQueryClient()
  const hasBegun = query.data?.progress !== undefined
  useEffect(() => {
    if (hasBegun) forgetUnseen(client)
  }, [hasBegun, client])
  return (
    <Answered query={query} label="Loading the deletion" rows={8}>
      {({ progress, behind }) =>
        progress === undefined ? (
          <Alert color="blue" variant="light" role="status" title="Accepted">
            It begins when the pipeline has worked through {counted(behind, 'record')} from before it. You need not stay
            here: it happens by itself.
          </Alert>
        ) : (
          <Progress progress={progress} />
        )
      }
    </Answered>
  )
}

function Progress({ progress }: { progress: RegulationProgress }) {
  return (
    <Stack>
      <Paper withBorder p="md">
        <Group gap="sm">
          <DeletionBadge status={progress.status} />
          <Text size="sm">
            {counted(progress.subjectCount, 'id')}, asked for <Ago at={progress.createdAt} />
            {progress.finishedAt !== null && (
              <>
                , finished <Ago at={progress.finishedAt} />
              </>
            )}
            .
          </Text>
        </Group>
        <Text size="sm" mt="xs">
          Here their profiles are gone. {cancelledText(progress)}
        </Text>
      </Paper>
      {progress.destinations.every(({ calls }) => calls.all === 0) && (
        <Text size="sm">
          No destination was told: none that was switched on can delete somebody by a user id of theirs.
        </Text>
      )}
      {progress.destinations
        .filter(({ calls }) => calls.all > 0)
        .map((destination) => (
          <AtDestination key={destination.destinationId} destination={destination} />
        ))}
    </Stack>
  )
}

function cancelledText({ destinations, isCancelledComplete }: RegulationProgress): string {
  const of = destinations.filter(({ cancelled }) => cancelled > 0)
  if (of.length === 0) return 'No event was on its way to a destination.'
  const least = isCancelledComplete ? '' : 'at least '
  return `Cancelled on their way: ${of.map(({ name, cancelled }) => `${least}${counted(cancelled, 'event')} for ${name}`).join(', ')}.`
}

function AtDestination({ destination }: { destination: Destination }) {
  const { destinationId, sharesAccountWith, calls, latest } = destination
  const mayRead = useMay('pii:read')
  const names = useDestinationNames()
  const name = names.get(destinationId ?? '') ?? destination.name
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <div>
          <Title order={2}>{name}</Title>
          {sharesAccountWith.length > 0 && (
            <Text size="sm">
              One account with {listText(sharesAccountWith.map((id) => names.get(id) ?? id))}: it is told once.
            </Text>
          )}
        </div>
        {calls.pending > 0 ? (
          <Work label="Answered" done={calls.all - calls.pending} total={calls.all} />
        ) : (
          <Text size="sm">
            {calls.delivered === calls.all
              ? `All of ${counted(calls.all, 'call')} were answered well.`
              : `${calls.delivered} of ${counted(calls.all, 'call')} were answered well; the others failed.`}
          </Text>
        )}
        {latest.map((call, place) => (
          <CallView
            key={call.id}
            call={call}
            name={name}
            title={calls.all === 1 ? undefined : `Call ${place + 1}`}
            mayRead={mayRead}
          />
        ))}
        {latest.length < calls.all && <Text size="xs">Shown are {latest.length}: those that failed first.</Text>}
      </Stack>
    </Paper>
  )
}

/** @param title tells several apart: whom a call is about is not kept */
function CallView(props: { call: Call; name: string; title: string | undefined; mayRead: boolean }) {
  const { call, name, title, mayRead } = props
  const { state, attempts, status, reason, waitsFor, endedAt } = call
  return (
    <Stack gap={4}>
      <Group gap="xs">
        {title !== undefined && (
          <Text size="sm" fw={600}>
            {title}
          </Text>
        )}
        <BecameBadge became={state} />
        <Text size="sm">
          {attempts === 0 ? 'not tried yet' : counted(attempts, 'attempt')}
          {status === null ? '' : `, answered ${status}`} {endedAt !== null && <Ago at={endedAt} />}
        </Text>
      </Group>
      {reason !== null && <Text size="sm">{reasonText(reason)}</Text>}
      {waitsFor !== null && <Text size="sm">{waitsFor}</Text>}
      {mayRead && endedAt !== null && (
        <ExchangeView
          label={title === undefined ? `the call to ${name}` : `${title} to ${name}`}
          request={call.request}
          answer={call.answer}
          isRenderedNow={false}
          withoutRequest="It is not kept: it names who is forgotten."
          withoutAnswer="It was not kept."
        />
      )}
    </Stack>
  )
}
