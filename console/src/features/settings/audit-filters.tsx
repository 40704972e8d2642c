import { Button, Group, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type AuditFilter, auditFilterOf, RESOURCE_TYPES } from './audit-filter.ts'

/** @param filter what the address has. What is written here is looked for when it is sent, and stays in its fields. */
export function AuditFilters({ filter, onSearch }: { filter: AuditFilter; onSearch: (filter: AuditFilter) => void }) {
  const { cursor: _, ...narrowed } = filter
  const [begun, setBegun] = useState(filter)
  const [draft, setDraft] = useState<AuditFilter>(narrowed)
  // Somebody went back, or followed a link.
  if (begun !== filter) {
    setBegun(filter)
    setDraft(narrowed)
  }
  const set = (part: AuditFilter) => setDraft((before) => ({ ...before, ...part }))
  const day = (label: string, field: 'from' | 'to') => (
    <TextInput
      label={label}
      type="date"
      min="2000-01-01"
      max="2999-12-31"
      value={draft[field] ?? ''}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <form
      aria-label="Search the audit log"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(auditFilterOf({ ...draft, id: draft.id?.trim() }))
      }}
    >
      <Group align="flex-end" gap="sm">
        <Select
          label="Of what"
          placeholder="Everything"
          clearable
          clearButtonProps={{ 'aria-label': 'Of everything' }}
          data={RESOURCE_TYPES}
          value={draft.type ?? null}
          onChange={(type) => set({ type: type ?? '' })}
          w={180}
        />
        <TextInput
          label="Its id"
          value={draft.id ?? ''}
          onChange={(event) => set({ id: event.currentTarget.value })}
          w={180}
        />
        {day('From (UTC)', 'from')}
        {day('To (UTC)', 'to')}
        <Button type="submit">Search</Button>
        {Object.keys(narrowed).length > 0 && (
          <Button variant="default" onClick={() => onSearch({})}>
            Show all
          </Button>
        )}
      </Group>
    </form>
  )
}
