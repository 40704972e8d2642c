import { Button, Group } from '@mantine/core'
import { Permitted } from '../../shared/ui/act.tsx'

/** Sends the form that it is in. */
export function SaveButton({ save, disabled }: { save: { readonly isPending: boolean }; disabled: boolean }) {
  return (
    <Group>
      <Permitted right="users:write">
        {(may) => (
          <Button type="submit" loading={save.isPending} disabled={!may || disabled}>
            Save
          </Button>
        )}
      </Permitted>
    </Group>
  )
}
