import { Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { paceWords, type StateWords } from '../../shared/destination-state.ts'
import { counted } from '../../shared/format.ts'
import { type DestinationStatus, statusQuery } from '../../shared/status.ts'
import { ActButton } from '../../shared/ui/act.tsx'
import { StateBadge } from '../../shared/ui/state-badge.tsx'
import { tryNow } from './api/try-now.ts'
import { type Sample, sampled, trendWords } from './trend.ts'

/**
 * What is so now, what will happen, and when.
 * @param atMs when the status was answered
 */
export function StatePanel(props: {
  destination: DestinationStatus
  words: StateWords
  /** Deliveries that wait. */
  pending: number
  atMs: number
}) {
  const { destination, words, pending, atMs } = props
  const trend = trendWords(useSamples(atMs, pending))
  const client = useQueryClient()
  const { id, enabled, hold, breakerOpenSinceMs, lanesParked, requestsUnderWay } = destination
  const isWaiting = enabled && (hold !== null || breakerOpenSinceMs !== null || lanesParked > 0)
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="state">
      <Stack gap={6}>
        <Group gap="sm">
          <Title order={2} id="state">
            Now
          </Title>
          <StateBadge words={words} />
          {isWaiting && (
            <ActButton
              label="Try now"
              size="xs"
              variant="default"
              right="api:write"
              act={() => tryNow(id)}
              done="The next try is being made."
              onDone={() => void client.invalidateQueries({ queryKey: statusQuery.queryKey })}
            />
          )}
          {hold !== null && (
            <Button component={Link} to={`/destinations/${id}/settings`} size="xs" variant="default">
              Change settings
            </Button>
          )}
        </Group>
        {words.sentences.map((sentence, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a sentence stays in its place while its figures move
          <Text size="sm" key={place}>
            {sentence}
          </Text>
        ))}
        <Text size="sm" mih={22}>
          {trend}
        </Text>
        {hold !== null && hold.detail !== '' && (
          <Code block tabIndex={0} aria-label="What the destination said">
            {hold.detail}
          </Code>
        )}
        <Text size="xs" c="dimmed">
          {paceWords(destination)} {counted(requestsUnderWay, 'request')} under way.
        </Text>
      </Stack>
    </Paper>
  )
}

function useSamples(atMs: number, pending: number): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([])
  useEffect(() => setSamples((before) => sampled(before, { atMs, pending })), [atMs, pending])
  return samples
}
