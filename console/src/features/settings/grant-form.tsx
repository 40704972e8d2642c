import { Checkbox, Select, Stack } from '@mantine/core'
import { useSession } from '../../shared/session.ts'
import { type Grant, rolesToGive } from './rights.ts'

/** A role, and whether contents may be seen: only what one has oneself can be given. */
export function GrantForm(props: {
  value: Grant
  onChange: (grant: Grant) => void
  /** Whether no role can be chosen, too. */
  mayBeNone?: boolean
  disabled?: boolean
}) {
  const { value, onChange, mayBeNone = false, disabled = false } = props
  const held: readonly string[] = useSession()?.rights ?? []
  const mayGivePii = held.includes('pii:read')
  const roles = rolesToGive(held)
  const isBeyond = value.role !== null && !roles.some((role) => role.value === value.role)
  return (
    <Stack gap="sm">
      <Select
        label="Role"
        description={isBeyond ? 'Only an owner can change who is an owner.' : undefined}
        placeholder={mayBeNone ? 'None' : ''}
        clearable={mayBeNone}
        allowDeselect={mayBeNone}
        disabled={disabled || isBeyond}
        data={isBeyond ? [...roles, { value: 'owner', label: 'Owner' }] : roles}
        value={value.role}
        onChange={(role) => onChange({ ...value, role: roles.find((each) => each.value === role)?.value ?? null })}
      />
      <Checkbox
        label="May see contents of events, profiles and members (pii)"
        description={mayGivePii ? undefined : 'You do not have it yourself, so you cannot give or take it.'}
        disabled={disabled || !mayGivePii}
        checked={value.pii}
        onChange={(event) => onChange({ ...value, pii: event.currentTarget.checked })}
      />
    </Stack>
  )
}
