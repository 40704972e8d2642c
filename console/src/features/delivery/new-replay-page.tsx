import {
  Anchor,
  Button,
  Group,
  NumberInput,
  Paper,
  SegmentedControl,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type Dispatch, useReducer } from 'react'
import { counted } from '../../shared/format.ts'
import { Problem } from '../../shared/problem.ts'
import { useMay } from '../../shared/session.ts'
import { statusQuery } from '../../shared/status.ts'
import { ActButton } from '../../shared/ui/act.tsx'
import { Gone } from '../../shared/ui/answered.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { LeaveGuard } from '../../shared/ui/leave-guard.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { beginReplay, previewOf } from './api/replays.ts'
import { letterGroups } from './dead-letters.ts'
import { PreviewPanel } from './preview-panel.tsx'
import {
  bodyOf,
  draftOf,
  problemsOf,
  type ReplayAction,
  type ReplayBody,
  type ReplayDraft,
  reduce,
} from './replay-draft.ts'

const ROUTE = '/signed-in/destinations/$id/replay'
const NO_DESTINATION = new Problem({ status: 404, code: 'not_found', message: 'The destination does not exist.' })

/** Choose what is delivered once more, see what that would send, then begin. */
export function NewReplayPage() {
  const { id } = useParams({ from: ROUTE })
  const { reason } = useSearch({ from: ROUTE })
  const [draft, dispatch] = useReducer(reduce, reason, draftOf)
  const { data: status } = useQuery(statusQuery)
  const destination = status?.destinations.find((each) => each.id === id)
  const name = destination?.name
  const reasons = status && destination ? letterGroups(status, destination).map(({ reason }) => reason) : []
  const preview = useMutation({ mutationFn: async (body: ReplayBody) => ({ body, found: await previewOf(body) }) })
  const body = bodyOf(id, draft)
  const hasProblems = Object.keys(problemsOf(draft)).length > 0
  // What is begun is what was seen.
  const seen = JSON.stringify(preview.data?.body) === JSON.stringify(body) ? preview.data?.found : undefined
  return (
    <Page
      title={name === undefined ? 'Replay' : `Replay to ${name}`}
      purpose="Dead letters are delivered again as today's mappings and settings make them, under the same ids and in order."
      help="replay#what-you-can-rely-on"
      actions={
        <Anchor size="sm" component={Link} to={`/destinations/${id}/delivery`}>
          Back to delivery
        </Anchor>
      }
    >
      {status !== undefined && destination === undefined ? (
        <Gone problem={NO_DESTINATION} />
      ) : (
        <ForThose right="api:write" what="Replays are">
          <LeaveGuard isDirty={JSON.stringify(draft) !== JSON.stringify(draftOf(reason))} />
          <Paper withBorder p="md">
            <Stack gap="md">
              <Selection reasons={reasons} draft={draft} dispatch={dispatch} />
              <Group>
                <PreviewButton
                  isDisabled={hasProblems}
                  isPending={preview.isPending}
                  onClick={() => preview.mutate(body)}
                />
                <BeginButton body={body} isDisabled={hasProblems || seen?.isComplete === false} total={seen?.total} />
              </Group>
              {preview.isError && <ProblemPanel problem={preview.error} />}
            </Stack>
          </Paper>
          {seen !== undefined && <PreviewPanel preview={seen} kind={draft.kind} />}
        </ForThose>
      )}
    </Page>
  )
}

/** @param reasons of the dead letters there are */
function Selection(props: { reasons: readonly string[]; draft: ReplayDraft; dispatch: Dispatch<ReplayAction> }) {
  const { reasons, draft, dispatch } = props
  const problems = problemsOf(draft)
  return (
    <Stack gap="sm">
      <Title order={2}>What is replayed</Title>
      <SegmentedControl
        aria-label="What is replayed"
        value={draft.kind}
        onChange={(kind) => dispatch({ type: 'kind', kind: kind as ReplayDraft['kind'] })}
        data={[
          { value: 'dead', label: 'Dead letters' },
          { value: 'history', label: 'History it has not got' },
        ]}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {draft.kind === 'dead' && (
          <TagsInput
            label="Reasons"
            description="Only dead letters with one of these; none for all."
            data={[...reasons]}
            value={[...draft.reasons]}
            onChange={(chosen) => dispatch({ type: 'reasons', reasons: chosen })}
          />
        )}
        <TextInput
          label="Event"
          description="Name of a track call; empty for every event."
          value={draft.event}
          onChange={({ currentTarget }) => dispatch({ type: 'event', text: currentTarget.value })}
        />
        <TextInput
          type="datetime-local"
          label="Received from"
          value={draft.from}
          error={problems.from}
          onChange={({ currentTarget }) => dispatch({ type: 'from', text: currentTarget.value })}
        />
        <TextInput
          type="datetime-local"
          label="Received before"
          value={draft.to}
          error={problems.to}
          onChange={({ currentTarget }) => dispatch({ type: 'to', text: currentTarget.value })}
        />
        <NumberInput
          label="Deliveries a second"
          description="At most; holds, the breaker and the learned pace apply as always."
          min={1}
          max={10_000}
          value={draft.rate}
          error={problems.rate}
          onChange={(rate) => dispatch({ type: 'rate', rate })}
        />
      </SimpleGrid>
    </Stack>
  )
}

function PreviewButton(props: { isDisabled: boolean; isPending: boolean; onClick: () => void }) {
  const may = useMay('pii:read')
  if (!may) return <Text size="sm">A preview shows contents of events, which your account may not see.</Text>
  return (
    <Button variant="default" disabled={props.isDisabled} loading={props.isPending} onClick={props.onClick}>
      Preview
    </Button>
  )
}

/** Begins what was seen in the preview; who may not see contents begins without one. */
function BeginButton({
  body,
  isDisabled,
  total,
}: {
  body: ReplayBody
  isDisabled: boolean
  total: number | undefined
}) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const mustLook = useMay('pii:read') && total === undefined
  return (
    <ActButton
      label={total === undefined ? 'Begin the replay' : `Replay ${counted(total, 'delivery', 'deliveries')}`}
      right="api:write"
      disabled={isDisabled || mustLook || total === 0}
      act={() => beginReplay(body)}
      onDone={({ id }) => {
        void queryClient.invalidateQueries({ queryKey: ['replays'] })
        void navigate({ to: '/replays/$replay', params: { replay: id }, ignoreBlocker: true })
      }}
    />
  )
}
