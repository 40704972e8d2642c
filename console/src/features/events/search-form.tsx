import { Button, Collapse, Group, Paper, Select, SimpleGrid, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { BECAME } from '../../shared/delivery-words.ts'
import { useDestinationNames } from '../../shared/destination-names.ts'
import { useMay } from '../../shared/session.ts'
import {
  isoOf,
  type LedgerSearch,
  localTimeOf,
  narrowedBy,
  PERSON_FIELDS,
  type PersonField,
  STATES,
  TYPES,
} from './ledger-search.ts'

const STATE_CHOICES = STATES.map((value) => ({ value, label: BECAME[value].label }))
const PERSON: readonly { readonly value: PersonField; readonly label: string }[] = [
  { value: 'userId', label: 'User id' },
  { value: 'email', label: 'Email address' },
  { value: 'anonymousId', label: 'Anonymous id' },
]

const personIn = (search: LedgerSearch): PersonField =>
  PERSON_FIELDS.find((field) => search[field] !== undefined) ?? 'userId'

/** @param search what the address has: it counts, so that after going back the fields are those of then */
export function SearchForm({ search, onSearch }: { search: LedgerSearch; onSearch: (search: LedgerSearch) => void }) {
  const { cursor: _, ...begun } = search
  const inAddress = JSON.stringify(begun)
  const [seen, setSeen] = useState(inAddress)
  const [draft, setDraft] = useState<LedgerSearch>(begun)
  const [personField, setPersonField] = useState<PersonField>(personIn(begun))
  if (inAddress !== seen) {
    setSeen(inAddress)
    setDraft(begun)
    setPersonField(personIn(begun))
  }
  const { event: _event, state: _state, userId: _userId, email: _email, anonymousId: _anonymousId, ...more } = draft
  const moreSet = narrowedBy(more)
  const [isMoreOpen, { toggle }] = useDisclosure(moreSet > 0)
  const destinations = useDestinationNames()
  const mayRead = useMay('pii:read')
  const set = (part: LedgerSearch) => setDraft((before) => ({ ...before, ...part }))
  const text = (label: string, field: keyof LedgerSearch, placeholder?: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={draft[field] ?? ''}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  )
  const pick = (label: string, field: keyof LedgerSearch, data: { value: string; label: string }[] | string[]) => (
    <Select
      label={label}
      placeholder="any"
      data={data}
      clearable
      clearButtonProps={{ 'aria-label': `Any ${label.toLowerCase()}` }}
      value={draft[field] ?? null}
      onChange={(value) => set({ [field]: value ?? '' })}
    />
  )
  const moment = (label: string, field: 'from' | 'to') => (
    <TextInput
      label={label}
      type="datetime-local"
      value={localTimeOf(draft[field] ?? '')}
      onChange={(event) => set({ [field]: isoOf(event.currentTarget.value) })}
    />
  )
  return (
    <Paper withBorder p="md">
      <form
        aria-label="Search the ledger"
        onSubmit={(event) => {
          event.preventDefault()
          onSearch(draft)
        }}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
          {text('Event name', 'event', 'Order Completed')}
          {pick('What became of it', 'state', STATE_CHOICES)}
          {mayRead && (
            <Select
              label="Person by"
              allowDeselect={false}
              data={[...PERSON]}
              value={personField}
              onChange={(value) => {
                const field = PERSON_FIELDS.find((each) => each === value) ?? 'userId'
                set({ userId: '', email: '', anonymousId: '', [field]: draft[personField] ?? '' })
                setPersonField(field)
              }}
            />
          )}
          {mayRead && text(PERSON.find(({ value }) => value === personField)?.label ?? '', personField)}
        </SimpleGrid>
        <Collapse expanded={isMoreOpen}>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" mt="sm">
            {pick('Type', 'type', [...TYPES])}
            {pick(
              'Destination',
              'destinationId',
              [...destinations].map(([value, label]) => ({ value, label })),
            )}
            {text('Reason', 'reason', 'rejected_400')}
            {text('Message id', 'messageId')}
            {text('Position', 'position')}
            {moment('Received from', 'from')}
            {moment('Received before', 'to')}
          </SimpleGrid>
        </Collapse>
        <Group mt="md" gap="xs">
          <Button type="submit">Search</Button>
          <Button variant="subtle" onClick={toggle} aria-expanded={isMoreOpen}>
            {isMoreOpen ? 'Fewer filters' : `More filters${moreSet === 0 ? '' : ` (${moreSet})`}`}
          </Button>
          {narrowedBy(search) > 0 && (
            <Button variant="default" onClick={() => onSearch({})}>
              Show all
            </Button>
          )}
        </Group>
      </form>
    </Paper>
  )
}
