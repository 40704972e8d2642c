import { Alert, Button, Group, List, Stack, Table, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type Dispatch, useReducer } from 'react'
import { counted } from '../../../shared/format.ts'
import { type Tagged, useSafeSave } from '../../../shared/safe-save.ts'
import { useMay } from '../../../shared/session.ts'
import { PermittedButton } from '../../../shared/ui/act.tsx'
import { Answered } from '../../../shared/ui/answered.tsx'
import { ClashPanel } from '../../../shared/ui/clash-panel.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { LookOnly } from '../../../shared/ui/for-those.tsx'
import { LeaveGuard } from '../../../shared/ui/leave-guard.tsx'
import { AnchorLink } from '../../../shared/ui/links.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { Ago } from '../../../shared/ui/time.tsx'
import { forgetDestinations } from '../api/destinations.ts'
import { type EventName, type EventNames, eventNamesQuery, setEventNames } from '../api/event-names.ts'
import { isExtole } from '../kinds.ts'
import { useDestination } from '../use-destination.ts'
import {
  draftOf,
  type NamesAction,
  type NamesDraft,
  namesOf,
  reduce,
  renamingsOf,
  shownIn,
} from './event-names-draft.ts'

/** What the source's events are called at the destination. */
export function EventNamesTab() {
  const destination = useDestination()
  if (isExtole(destination)) return <NamesAtExtole id={destination.id} />
  return (
    <Empty
      title="Only Extole has names of its own for events"
      hint="This destination gets each event under the name it has. A mapping can give another one."
    />
  )
}

function NamesAtExtole({ id }: { id: string }) {
  const query = useQuery(eventNamesQuery(id))
  return (
    <Answered query={query} label="Loading the names of events" rows={6}>
      {(loaded) =>
        loaded.value.names.length === 0 ? (
          <Empty
            title="No events yet"
            hint="As soon as the source sends track calls, their names stand here with what they are usually called at Extole."
          >
            <AnchorLink to="/sources">To the sources, to send one</AnchorLink>
          </Empty>
        ) : (
          <Names key={id} id={id} loaded={loaded} />
        )
      }
    </Answered>
  )
}

function Names({ id, loaded }: { id: string; loaded: Tagged<EventNames> }) {
  const { names, leftOut } = loaded.value
  const [draft, dispatch] = useReducer(reduce, names, draftOf)
  const client = useQueryClient()
  const renamings = renamingsOf(draft)
  const { save, problem, clash } = useSafeSave({
    loaded,
    read: () => client.fetchQuery({ ...eventNamesQuery(id), staleTime: 0 }),
    isDirty: () => renamings.length > 0,
    shown: (saved) => shownIn(draftOf(saved.names).saved),
    mine: shownIn(draft.values),
    save: ({ tag }) => setEventNames(id, namesOf(draft), tag),
    onTake: (saved) => dispatch({ type: 'loaded', names: saved.names }),
    onKeep: (theirs) => dispatch({ type: 'kept', names: theirs.names }),
    onSaved: async () => {
      notifications.show({ message: 'The names are saved. They hold from the next event on.' })
      await forgetDestinations(client)
    },
  })
  return (
    <Stack>
      <LookOnly right="api:write" />
      <LeaveGuard isDirty={renamings.length > 0} />
      <Text size="sm">
        Extole's programs know registration and conversion. What else they listen for is agreed with Extole. An event
        that is not named here keeps its own name.
      </Text>
      <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Event</Table.Th>
              <Table.Th>Last seen</Table.Th>
              <Table.Th>Sent now as</Table.Th>
              <Table.Th>Name at Extole</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {names.map((each) => (
              <Row key={each.name} event={each} draft={draft} dispatch={dispatch} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {leftOut && <Text size="sm">The source has sent more names than are kept; those are not listed.</Text>}
      {problem !== undefined && <ProblemPanel problem={problem} />}
      {clash !== undefined && <ClashPanel clash={clash} resourceId={id} />}
      {renamings.length > 0 && (
        <Alert
          color="blue"
          variant="light"
          title={`${counted(renamings.length, 'name changes', 'names change')} when you save`}
        >
          <List size="sm">
            {renamings.map(({ name, from = name, to = name }) => (
              <List.Item key={name}>
                {name}: sent as {to}, no longer as {from}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group>
        <PermittedButton
          right="api:write"
          disabled={renamings.length === 0 || clash !== undefined}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save names
        </PermittedButton>
      </Group>
    </Stack>
  )
}

function Row(props: { event: EventName; draft: NamesDraft; dispatch: Dispatch<NamesAction> }) {
  const { event, draft, dispatch } = props
  const { name, lastSeenAt, sentAs, filtered, suggestion } = event
  const may = useMay('api:write')
  const value = draft.values.get(name) ?? ''
  const set = (next: string) => dispatch({ type: 'set', name, value: next })
  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td>{lastSeenAt === null ? 'Not yet' : <Ago at={lastSeenAt} />}</Table.Td>
      <Table.Td>
        {sentAs.length > 0 ? sentAs.join(', ') : `Not sent${filtered === null ? '' : `: ${filtered}`}`}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <TextInput
            aria-label={`Name of ${name} at Extole`}
            placeholder={name}
            w={220}
            maxLength={255}
            disabled={!may}
            value={value}
            onChange={(change) => set(change.currentTarget.value)}
          />
          {suggestion !== null && suggestion !== value && may && (
            <Button
              size="xs"
              variant="light"
              onClick={() => set(suggestion)}
              aria-label={`Use ${suggestion} for ${name}`}
            >
              Use {suggestion}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
