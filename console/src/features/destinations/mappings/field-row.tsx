import { Autocomplete, Group, Select, Stack, Text, Textarea } from '@mantine/core'
import { useId } from 'react'
import { choicesOf } from '../choices.ts'
import type { FieldDraft, FieldKind } from './mapping-draft.ts'

const KINDS: readonly { readonly value: FieldKind; readonly label: string }[] = [
  { value: 'none', label: 'Left out' },
  { value: 'variable', label: 'Event variable' },
  { value: 'value', label: 'Text' },
  { value: 'template', label: 'Template' },
  { value: 'json', label: 'JSON' },
]

interface Row {
  readonly label: string
  readonly description: string
  readonly required: boolean
  readonly choices: unknown
  readonly field: FieldDraft
  readonly error: string | undefined
  /** Variables of the event in the preview. */
  readonly paths: readonly string[]
  readonly disabled: boolean
  readonly onChange: (field: FieldDraft) => void
}

/** One field of an action, and what fills it. */
export function FieldRow({ label, description, required, choices, field, error, paths, disabled, onChange }: Row) {
  const id = useId()
  const { kind, text } = field
  const set = (next: string) => onChange({ kind, text: next })
  const known = choicesOf(choices)?.map(({ value }) => value)
  const common = {
    'aria-label': `${label}: value`,
    'aria-describedby': id,
    error,
    disabled,
    value: text,
    flex: '1 1 220px',
  }
  return (
    <Stack gap={4} component="fieldset" bd={0} p={0} m={0} miw={0}>
      <Text component="legend" size="sm" fw={600} p={0}>
        {label}
        {required && (
          <Text span inherit c="var(--mantine-color-error)">
            {' *'}
          </Text>
        )}
      </Text>
      {description !== '' && (
        <Text id={id} size="xs">
          {description}
        </Text>
      )}
      <Group gap="xs" align="flex-start">
        <Select
          aria-label={`${label}: how it is filled`}
          data={[...KINDS]}
          value={kind}
          w={150}
          disabled={disabled}
          allowDeselect={false}
          error={kind === 'none' ? error : undefined}
          onChange={(next) => next !== null && onChange({ kind: next as FieldKind, text })}
        />
        {kind === 'variable' && (
          <Autocomplete {...common} placeholder="$.properties.total" data={[...paths]} onChange={set} />
        )}
        {kind === 'value' && <Autocomplete {...common} data={known ?? []} onChange={set} />}
        {(kind === 'template' || kind === 'json') && (
          <Textarea
            {...common}
            placeholder={kind === 'template' ? '{{properties.first}} {{properties.last}}' : '{"@if": …}'}
            autosize
            maxRows={12}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            onChange={(event) => set(event.currentTarget.value)}
          />
        )}
      </Group>
    </Stack>
  )
}
