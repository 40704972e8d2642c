import { Alert, Anchor, Code, Group, Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { snippetBase } from '../../../../src/tracking/snippet.ts'
import { Copy, Copyable } from '../../shared/ui/copy.tsx'
import { LastEvent } from './last-event.tsx'
import { snippetFor } from './snippets.ts'
import { useSource } from './use-source.ts'
import { WAYS, wayOf } from './ways.ts'

/** What to paste where, with host and write key filled in. */
export function SetUpTab() {
  const source = useSource()
  const { with: chosen } = useSearch({ from: '/signed-in/sources/$id/' })
  const navigate = useNavigate()
  const [host, setHost] = useState(window.location.origin)
  const [key = '', setKey] = useState(source.writeKeys.at(-1))
  const way = chosen ?? wayOf(source.metadata.slug)
  const base = snippetBase(host)
  // A key that was ended while the page is open is not offered any more.
  const writeKey = source.writeKeys.includes(key) ? key : (source.writeKeys.at(-1) ?? '')
  if (writeKey === '') {
    return (
      <Alert color="yellow" title="This source has no write key">
        <Anchor component={Link} to={`/sources/${source.id}/settings`}>
          Add one in its settings
        </Anchor>
        .
      </Alert>
    )
  }
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Select
          label="Send with"
          description="Every source takes events from all of them."
          data={WAYS.map(({ slug, label }) => ({ value: slug, label }))}
          value={way}
          allowDeselect={false}
          onChange={(value) => void navigate({ to: '.', search: { with: value ?? undefined }, replace: true })}
        />
        <TextInput
          label="Address of this server"
          description="As whoever sends reaches it."
          value={host}
          error={base === undefined && 'Write it in full, like https://events.example.com'}
          onChange={(event) => setHost(event.currentTarget.value.trim())}
        />
      </SimpleGrid>
      {source.writeKeys.length > 1 ? (
        <Select
          label="Write key"
          description="All of them work. The newest is the one to keep."
          data={[...source.writeKeys].reverse()}
          value={writeKey}
          allowDeselect={false}
          onChange={(value) => setKey(value ?? '')}
        />
      ) : (
        <Group gap="xs">
          <Text size="sm">Write key</Text>
          <Copyable value={writeKey} what="write key" />
        </Group>
      )}
      {base !== undefined && <SnippetPanel {...snippetFor(way, base, writeKey)} />}
      <Paper withBorder p="md">
        <Group justify="space-between">
          <div>
            <Title order={2}>See it arrive</Title>
            <Text size="sm">
              Events show in the{' '}
              <Anchor component={Link} to={`/sources/${source.id}/debugger`} size="sm" underline="always">
                debugger
              </Anchor>{' '}
              as they come.
            </Text>
          </div>
          <Stack gap={0}>
            <Text size="xs">Last event</Text>
            <LastEvent sourceId={source.id} />
          </Stack>
        </Group>
      </Paper>
    </Stack>
  )
}

function SnippetPanel({ where, install, text, note }: ReturnType<typeof snippetFor>) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Text size="sm">{where}</Text>
        {install !== undefined && <Copyable value={install} what="what to install" />}
        <Group justify="space-between">
          <Text size="sm" fw={600}>
            Snippet
          </Text>
          <Copy value={text} what="snippet" />
        </Group>
        <Code block tabIndex={0} aria-label="Snippet" mah={360}>
          {text}
        </Code>
        {note !== undefined && <Alert color="yellow">{note}</Alert>}
      </Stack>
    </Paper>
  )
}
