import { Text, type TextProps, Tooltip } from '@mantine/core'
import { duration, time } from '../format.ts'
import { useNow } from '../now.ts'

const JUST_NOW_MS = 1_000

/** How long ago, or how soon, and exactly when. @param at ISO 8601, or milliseconds */
export function Ago({ at, ...text }: { at: string | number } & TextProps) {
  const ms = useNow() - new Date(at).getTime()
  const said = Math.abs(ms) < JUST_NOW_MS ? 'now' : ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`
  return (
    <Tooltip label={time(at)}>
      <Text span size="sm" {...text}>
        <time dateTime={new Date(at).toISOString()}>{said}</time>
      </Text>
    </Tooltip>
  )
}
