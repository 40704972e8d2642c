import { Alert, Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { Json } from '../../../shared/ui/json.tsx'
import type { Tried, TriedMapping } from '../api/tests.ts'
import { answerOf } from './answer.ts'
import { sandboxPersonUrl } from './sandbox-person.ts'

/** What a destination made of an event: each request, and what came back. */
export function TriedView({ tried, wasSent }: { tried: Tried; wasSent: boolean }) {
  if (tried.filtered !== null) {
    return (
      <Alert color="yellow" variant="light" title="The event is not sent" role="status">
        {tried.why ?? tried.filtered}
      </Alert>
    )
  }
  return (
    <Stack>
      {tried.mappings.map((mapping) => (
        <MappingView key={mapping.id ?? 'draft'} mapping={mapping} wasSent={wasSent} />
      ))}
    </Stack>
  )
}

function MappingView({ mapping, wasSent }: { mapping: TriedMapping; wasSent: boolean }) {
  const { name, problem, request, answer } = mapping
  const person = sandboxPersonUrl(mapping)
  return (
    <Paper withBorder p="md" component="section" aria-label={`Mapping ${name}`}>
      <Stack gap="sm">
        <Title order={3}>{name}</Title>
        {problem !== null && (
          <Alert color="red" variant="light" title="There is no request" role="alert">
            {problem}
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, md: wasSent ? 2 : 1 }}>
          {request !== null && <RequestView request={request} />}
          {wasSent && answer !== null && <AnswerView answer={answer} />}
        </SimpleGrid>
        {person !== undefined && (
          <Anchor href={person} target="_blank" rel="noreferrer" size="sm">
            <Group gap={4}>
              See the person in the sandbox <IconExternalLink size={14} aria-hidden />
            </Group>
          </Anchor>
        )}
      </Stack>
    </Paper>
  )
}

export function RequestView({ request }: { request: NonNullable<TriedMapping['request']> }) {
  const { method, url, headers, body } = request
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return (
    <Stack gap={4} miw={0}>
      <Text size="sm" fw={600}>
        Request
      </Text>
      <Json label="Request" value={[`${method} ${url}`, ...lines, '', pretty(body ?? '')].join('\n').trimEnd()} />
    </Stack>
  )
}

function AnswerView({ answer }: { answer: unknown }) {
  const { status, text, isGood } = answerOf(answer)
  return (
    <Stack gap={4} miw={0}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Answer
        </Text>
        <Badge color={isGood ? 'green' : 'red'}>{status}</Badge>
      </Group>
      <Json label="Answer" value={pretty(text)} />
    </Stack>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
