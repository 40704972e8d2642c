import { Group } from '@mantine/core'
import { PermittedButton } from '../../shared/ui/act.tsx'

/** Sends the form that it is in. */
export function SaveButton({ save, disabled }: { save: { readonly isPending: boolean }; disabled: boolean }) {
  return (
    <Group>
      <PermittedButton right="users:write" type="submit" loading={save.isPending} disabled={disabled}>
        Save
      </PermittedButton>
    </Group>
  )
}
