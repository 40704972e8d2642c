import { Text, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { historyQuery, type Named } from './api.ts'

/** Which events made the profile, brought its ids, and merged it with others; and why an id is not on it. */
export function History({ one }: { one: Named }) {
  const query = useQuery(historyQuery(one))
  return (
    <Answered query={query} label="Loading how the profile came to be">
      {({ steps, merges }) => (
        <>
          <Text size="sm" mb="md">
            {merges === 0
              ? 'No other profile was merged into this one.'
              : `${counted(merges, 'profile')} merged into this one.`}
          </Text>
          <Timeline bulletSize={14} lineWidth={2} active={steps.length}>
            {steps.map(({ position, text }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one event may say the same of two ids
              <Timeline.Item key={`${position} ${at}`} color={/ merged /.test(text) ? 'grape' : 'gray'}>
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {text}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        </>
      )}
    </Answered>
  )
}
