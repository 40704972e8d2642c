import { ActionIcon, Alert, Code, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'

/** @param what is copied, for people who do not see the icon, e.g. `write key` */
export function Copy({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy'}>
          <ActionIcon variant="subtle" onClick={copy} aria-label={copied ? `${what} copied` : `Copy ${what}`}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** A short value in one line, to be copied. */
export function Copyable({ value, what }: { value: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Code>{value}</Code>
      <Copy value={value} what={what} />
    </Group>
  )
}

/** A secret that is not shown again. */
export function SecretOnce({ value, what }: { value: string; what: string }) {
  return (
    <Alert color="yellow" variant="light" title={`Copy this ${what} now`}>
      <Stack gap="xs">
        <Text size="sm">It is shown this once: only its hash is kept.</Text>
        <Copyable value={value} what={what} />
      </Stack>
    </Alert>
  )
}
