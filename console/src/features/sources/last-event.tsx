import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { Ago } from '../../shared/ui/time.tsx'
import { activityQuery } from './api/activity.ts'

const MINUTE_MS = 60_000

/** When a source was last heard of, and how much came from it in a week. */
export function LastEvent({ sourceId }: { sourceId: string }) {
  const query = useQuery(activityQuery)
  const nowMs = useNow()
  if (query.isError) return <Text size="sm">not known</Text>
  if (query.data === undefined) return <Skeleton height={36} width={120} />
  const { events = 0, lastAt, isByMinute } = query.data.get(sourceId) ?? {}
  if (lastAt === undefined) return <Text size="sm">none in 7 days</Text>
  const isNow = isByMinute === true && nowMs - Date.parse(lastAt) < 2 * MINUTE_MS
  return (
    <Stack gap={0}>
      {isNow ? <Text size="sm">in the last 2 minutes</Text> : <Ago at={lastAt} />}
      <Text size="xs" c="dimmed">
        {counted(events, 'event')} in 7 days
      </Text>
    </Stack>
  )
}
