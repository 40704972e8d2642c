/** What the debugger shows, from what comes in: a reducer. */
import type { LiveOutcome } from '../../../../src/api/answers/live.ts'
import { isMatch, type Line, withOutcome } from './lines.ts'
import type { Filter } from './search.ts'

/** Events that are kept, and as many of those that a filter finds. */
export const LINES_MAX = 500

export type Message =
  | { readonly type: 'line'; readonly line: Line }
  | { readonly type: 'outcome'; readonly outcome: LiveOutcome }
  | { readonly type: 'left out'; readonly count: number }

export type Connection = 'connecting' | 'live' | 'lost'

export interface Stream {
  readonly connection: Connection
  readonly filter: Filter
  /** All that is kept, oldest first. */
  readonly lines: readonly Line[]
  /** While somebody reads: what was there when they began. */
  readonly held: readonly Line[] | undefined
  /** Events that came while somebody reads, and the filter finds. */
  readonly waiting: number
  /** Outcomes of events that have not come yet, oldest first. */
  readonly early: readonly LiveOutcome[]
  /** Events since the start. */
  readonly seen: number
  /** Outcomes that the server did not tell. */
  readonly leftOut: number
  /** Position of the line that is read. */
  readonly selected: number | undefined
}

export type StreamAction =
  | { readonly type: 'arrived'; readonly messages: readonly Message[] }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'filter'; readonly filter: Filter }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'select'; readonly position: number | undefined }
  | { readonly type: 'clear' }

export const emptyStream = (filter: Filter): Stream => ({
  connection: 'connecting',
  filter,
  lines: [],
  held: undefined,
  waiting: 0,
  early: [],
  seen: 0,
  leftOut: 0,
  selected: undefined,
})

/** Back from another page: what was there is there again, as it was being read. */
export const resumed = (left: Stream | undefined, filter: Filter): Stream =>
  left === undefined ? emptyStream(filter) : { ...left, filter, connection: 'connecting' }

export function reduce(stream: Stream, action: StreamAction): Stream {
  switch (action.type) {
    case 'arrived':
      return arrived(stream, action.messages)
    case 'connection':
      return { ...stream, connection: action.connection }
    case 'filter':
      return { ...stream, filter: action.filter, lines: kept(stream.lines, action.filter) }
    case 'pause':
      return paused(stream)
    case 'resume':
      return { ...stream, held: undefined, waiting: 0, selected: undefined }
    case 'select':
      // What is read must not move: reading pauses.
      return { ...paused(stream), selected: action.position }
    case 'clear':
      return { ...emptyStream(stream.filter), connection: stream.connection }
  }
}

/** What is to be seen: newest first. */
export const shownOf = ({ lines, held, filter }: Stream): readonly Line[] =>
  (held ?? lines).filter((line) => isMatch(line, filter)).toReversed()

const paused = (stream: Stream): Stream => (stream.held === undefined ? { ...stream, held: stream.lines } : stream)

function arrived(stream: Stream, messages: readonly Message[]): Stream {
  const known = stream.lines.at(-1)?.position ?? -1
  // After a break the server may say again what it said before.
  const fresh = messages.flatMap((each) => (each.type === 'line' && each.line.position > known ? [each.line] : []))
  const told = [...stream.early, ...messages.flatMap((each) => (each.type === 'outcome' ? [each.outcome] : []))]
  const lines = withOutcomes([...stream.lines, ...fresh], told)
  const newest = lines.at(-1)?.position ?? -1
  return {
    ...stream,
    lines: kept(lines, stream.filter),
    held: stream.held && withOutcomes(stream.held, told),
    waiting:
      stream.held === undefined ? 0 : stream.waiting + fresh.filter((each) => isMatch(each, stream.filter)).length,
    // The stream of records and that of outcomes are two: an outcome can be the first to come.
    early: told.filter(({ position }) => position > newest).slice(-LINES_MAX),
    seen: stream.seen + fresh.length,
    leftOut: messages.reduce((sum, each) => sum + (each.type === 'left out' ? each.count : 0), stream.leftOut),
  }
}

/** Lines that nothing was told of stay the same objects. */
function withOutcomes(lines: readonly Line[], told: readonly LiveOutcome[]): readonly Line[] {
  if (told.length === 0) return lines
  const byPosition = Map.groupBy(told, ({ position }) => position)
  return lines.map((line) => byPosition.get(line.position)?.reduce(withOutcome, line) ?? line)
}

/** The last of all, and the last that the filter finds, so that at a high rate what is looked for is not pushed out. */
function kept(lines: readonly Line[], filter: Filter): readonly Line[] {
  if (lines.length <= LINES_MAX) return lines
  const first = lines.length - LINES_MAX
  const found = lines.filter((line) => isMatch(line, filter))
  const firstFound = found[found.length - LINES_MAX]?.position ?? -1
  return lines.filter((line, place) => place >= first || (line.position >= firstFound && isMatch(line, filter)))
}
