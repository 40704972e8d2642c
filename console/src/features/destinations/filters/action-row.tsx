import { Button, Group, NumberInput, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { ACTION_LABELS } from './action-words.ts'
import type { ActionDraft, ActionType } from './filter-draft.ts'

interface Row {
  readonly action: ActionDraft
  readonly error: string | undefined
  readonly disabled: boolean
  readonly onChange: (value: Partial<ActionDraft>) => void
  /** Absent for the only one. */
  readonly onRemove: (() => void) | undefined
}

/** One thing that a filter does. */
export function ActionRow({ action, error, disabled, onChange, onRemove }: Row) {
  const { type, percent, path, properties } = action
  const isOfProperties = type === 'DROP_PROPERTIES' || type === 'ALLOW_PROPERTIES'
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <Select
          label="What it does"
          data={[...ACTION_LABELS]}
          value={type}
          disabled={disabled}
          allowDeselect={false}
          flex="1 1 220px"
          onChange={(next) => next !== null && onChange({ type: next as ActionType })}
        />
        {onRemove !== undefined && !disabled && (
          <Button variant="default" onClick={onRemove}>
            Remove
          </Button>
        )}
      </Group>
      {type === 'SAMPLE' && (
        <Group align="flex-start" grow>
          <NumberInput
            label="Share that passes"
            suffix="%"
            min={0}
            max={100}
            disabled={disabled}
            error={error}
            value={percent}
            onChange={(next) => onChange({ percent: String(next) })}
          />
          <TextInput
            label="By"
            description="All events with the same value pass, or none."
            placeholder="userId"
            disabled={disabled}
            value={path}
            onChange={(event) => onChange({ path: event.currentTarget.value })}
          />
        </Group>
      )}
      {isOfProperties && (
        <Textarea
          label="Properties"
          description="One a line, with the path to it: properties.card"
          autosize
          minRows={2}
          disabled={disabled}
          error={error}
          value={properties}
          onChange={(event) => onChange({ properties: event.currentTarget.value })}
        />
      )}
    </Stack>
  )
}
