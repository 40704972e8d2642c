import { Button, Group, Paper, Select, SimpleGrid, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMay } from '../../shared/session.ts'
import { destinationNamesQuery } from './api.ts'
import { isoOf, type LedgerSearch, localTimeOf, narrowedBy, PERSON_FIELDS, type PersonField } from './ledger-search.ts'
import { BECAME } from './words.ts'

const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias']
const STATES = Object.entries(BECAME).flatMap(([value, { label }]) => (value === 'filtered' ? [] : [{ value, label }]))
const PERSON: readonly { readonly value: PersonField; readonly label: string }[] = [
  { value: 'userId', label: 'User id' },
  { value: 'email', label: 'Email address' },
  { value: 'anonymousId', label: 'Anonymous id' },
]

/** @param search what the address has; the fields begin with it */
export function SearchForm({ search, onSearch }: { search: LedgerSearch; onSearch: (search: LedgerSearch) => void }) {
  const { cursor: _, ...begun } = search
  const [draft, setDraft] = useState<LedgerSearch>(begun)
  const [personField, setPersonField] = useState<PersonField>(
    PERSON_FIELDS.find((field) => begun[field] !== undefined) ?? 'userId',
  )
  const { data: destinations = new Map<string, string>() } = useQuery(destinationNamesQuery)
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
          {pick('Type', 'type', TYPES)}
          {pick(
            'Destination',
            'destinationId',
            [...destinations].map(([value, label]) => ({ value, label })),
          )}
          {pick('What became of it', 'state', STATES)}
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
          {text('Reason', 'reason', 'rejected_400')}
          {text('Message id', 'messageId')}
          {text('Position', 'position')}
          {moment('Received from', 'from')}
          {moment('Received before', 'to')}
        </SimpleGrid>
        <Group mt="md" gap="xs">
          <Button type="submit">Search</Button>
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
