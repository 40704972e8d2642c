import { Button, Group, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type AuditFilter, RESOURCE_TYPES } from './audit-filter.ts'

export function AuditFilters(props: {
  filter: AuditFilter
  onChange: (changed: AuditFilter) => void
  onAll: () => void
}) {
  const { filter, onChange, onAll } = props
  const [id, setId] = useState(filter.id ?? '')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onChange({ id: id.trim() })
      }}
    >
      <Group align="flex-end" gap="sm">
        <Select
          label="Of what"
          placeholder="Everything"
          clearable
          data={RESOURCE_TYPES}
          value={filter.type ?? null}
          onChange={(type) => onChange({ type: type ?? '' })}
          w={180}
        />
        <TextInput
          label="Its id"
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          onBlur={() => id.trim() !== (filter.id ?? '') && onChange({ id: id.trim() })}
          w={180}
        />
        <TextInput
          label="From (UTC)"
          type="date"
          value={filter.from ?? ''}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
        <TextInput
          label="To (UTC)"
          type="date"
          value={filter.to ?? ''}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
        />
        <Button variant="default" onClick={onAll}>
          Show all
        </Button>
      </Group>
    </form>
  )
}
