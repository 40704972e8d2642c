import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { lastText } from './activity.ts'
import { activityQuery } from './api/activity.ts'

const NOTHING = { events: 0, lastAt: undefined, isByMinute: false }

/** When a source was last heard of, and how much came from it in a week. */
export function LastEvent({ sourceId }: { sourceId: string }) {
  const query = useQuery(activityQuery)
  const nowMs = useNow()
  if (query.isError) return <Text size="sm">not known</Text>
  if (query.data === undefined) return <Skeleton height={36} width={120} />
  const activity = query.data.get(sourceId) ?? NOTHING
  return (
    <Stack gap={0}>
      <Text size="sm">{lastText(activity, nowMs)}</Text>
      {activity.events > 0 && (
        <Text size="xs" c="dimmed">
          {counted(activity.events, 'event')} in 7 days
        </Text>
      )}
    </Stack>
  )
}
