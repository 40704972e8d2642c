import { Stack, Text } from '@mantine/core'
import { time } from '../../shared/format.ts'
import { SecretOnce } from '../../shared/ui/copy.tsx'

/** A link with a secret, to be passed on: Grapevine sends no mail. @param page of the console that it leads to */
export function LinkOnce(props: { page: 'join' | 'reset'; token: string; email: string; expiresAt: string }) {
  const { page, token, email, expiresAt } = props
  const hash = new URLSearchParams({ token, email })
  return (
    <Stack gap="xs">
      <SecretOnce value={`${window.location.origin}/app/${page}#${hash}`} what="link" />
      <Text size="sm">
        Pass it on to {email} yourself, over a way that others do not read. It works once, until {time(expiresAt)}.
      </Text>
    </Stack>
  )
}
