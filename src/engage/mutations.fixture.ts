import { START_MS } from './histories.fixture.ts'

const HOUR = 3_600_000

/** Faults that somebody could make in the code of windows, merges and timers, made by hand. Each must be noticed. */
export interface Mutation {
  readonly name: string
  /** Which notice it. */
  readonly definitions: readonly string[]
  /** From when on events count, Unix milliseconds. */
  readonly countsFromMs?: number
  readonly file: 'computed.ts' | 'condition.ts' | 'engine.ts' | 'leaf.ts'
  /** Stands in the file once. */
  readonly from: string
  readonly to: string
}

export const MUTATIONS: readonly Mutation[] = [
  // Windows.
  {
    name: 'a window ends a millisecond late',
    definitions: ["event('A').between(2 hours, 9 hours).count()"],
    file: 'leaf.ts',
    from: 'atMs + from <= nowMs && nowMs < atMs + to',
    to: 'atMs + from <= nowMs && nowMs <= atMs + to',
  },
  {
    name: 'a window begins a millisecond late',
    definitions: ["event('A').between(2 hours, 9 hours).count()"],
    file: 'leaf.ts',
    from: 'atMs + from <= nowMs && nowMs < atMs + to',
    to: 'atMs + from < nowMs && nowMs < atMs + to',
  },
  {
    name: 'events are forgotten while they still count',
    definitions: ["event('A').between(2 hours, 9 hours).count()"],
    file: 'leaf.ts',
    from: 'millisecondsOf(window.to)\n        : Number',
    to: 'millisecondsOf(window.from)\n        : Number',
  },
  {
    name: 'a session goes on when the pause is exactly over',
    definitions: ["event('A').expires_after(6 hours).count()"],
    file: 'leaf.ts',
    from: 'entry[0] >= last[0] + pause',
    to: 'entry[0] > last[0] + pause',
  },
  {
    name: 'an event from long before a session joins it',
    definitions: ["event('A').expires_after(6 hours).count()"],
    file: 'leaf.ts',
    from: 'if (entry[0] <= first[0] - pause) return entries',
    to: 'if (entry[0] < first[0] - pause) return entries',
  },
  {
    name: 'late events take the last place',
    definitions: ["event('A').expires_after(6 hours).count()"],
    file: 'leaf.ts',
    from: 'return entries.toSpliced(at, 0, entry)',
    to: 'return [...entries, entry]',
  },
  {
    name: 'events of the future count from when they say',
    definitions: ["event('A').within(6 hours).count()"],
    file: 'engine.ts',
    from: 'const atMs = Math.min(event.atMs, nowMs)',
    to: 'const atMs = event.atMs',
  },
  {
    name: 'a funnel goes on when its time is exactly over',
    definitions: ["event('A').where(event('B').within(parent: 3 hours).count() >= 1).count()"],
    file: 'engine.ts',
    from: '&& atMs < untilMs',
    to: '&& atMs <= untilMs',
  },
  {
    name: 'an event follows itself in a funnel',
    definitions: ["event('A').where(event('A').within(parent: 3 hours).count() >= 1).count()"],
    file: 'engine.ts',
    from: 'position > parentPosition',
    to: 'position >= parentPosition',
  },
  {
    name: 'a relative date holds a millisecond too long',
    definitions: ["trait('born').within_last(6 hours)"],
    file: 'condition.ts',
    from: 'nowMs < ms + span',
    to: 'nowMs <= ms + span',
  },
  {
    name: 'a date to come is near a millisecond too late',
    definitions: ["trait('born').within_next(6 hours)"],
    file: 'condition.ts',
    from: 'nowMs >= ms - span',
    to: 'nowMs > ms - span',
  },
  // Look-backs.
  {
    name: 'what happened before a look-back counts',
    definitions: ["event('A').count()"],
    countsFromMs: START_MS + 12 * HOUR,
    file: 'engine.ts',
    from: 'if (atMs < leaf.fromMs) return null',
    to: '',
  },
  {
    name: 'what happens at the very beginning of a look-back does not count',
    definitions: ["event('A').count()"],
    countsFromMs: START_MS + 12 * HOUR,
    file: 'engine.ts',
    from: 'atMs < leaf.fromMs',
    to: 'atMs <= leaf.fromMs',
  },
  // Merges.
  {
    name: 'a merge keeps one count',
    definitions: ["event('A').count()"],
    file: 'leaf.ts',
    from: 'count: a.count + b.count',
    to: 'count: a.count',
  },
  {
    name: 'a merge averages over one half',
    definitions: ["event('A').avg(property('n'))"],
    file: 'leaf.ts',
    from: 'numbers: a.numbers + b.numbers',
    to: 'numbers: a.numbers',
  },
  {
    name: 'a merge keeps our first event although theirs is older',
    definitions: ["event('A').first(property('n'))"],
    file: 'leaf.ts',
    from: '[a.first, b.first].filter((each) => each !== null).toSorted(byTime)[0]',
    to: '[a.first, b.first].filter((each) => each !== null)[0]',
  },
  {
    name: 'a merge joins sessions however far they are apart',
    definitions: ["event('A').expires_after(6 hours).count()"],
    file: 'leaf.ts',
    from: 'entries: entries.reduce<readonly Entry[]>((all, each) => joinSession(leaf, all, each), []),',
    to: 'entries,',
  },
  {
    name: 'who left an audience under one name is out although a member under the other',
    definitions: ["event('A').within(6 hours).count() >= 1"],
    file: 'engine.ts',
    from: ' || (known.value === false && computed.value === true)',
    to: '',
  },
  {
    name: 'changes are counted from the smaller number after a merge',
    definitions: ["event('A').within(6 hours).count() >= 1"],
    file: 'engine.ts',
    from: 'Math.max(known?.changes ?? 0, computed.changes)',
    to: 'Math.min(known?.changes ?? 0, computed.changes)',
  },
  {
    name: "a merge forgets what only the other's events say",
    definitions: ["event('A').count()"],
    file: 'engine.ts',
    from: 'known === undefined ? state : mergeStates',
    to: 'known === undefined ? emptyState(leaf) : mergeStates',
  },
  // Timers.
  {
    name: 'no timer for when an event leaves a window',
    definitions: ["event('A').within(6 hours).count() >= 1"],
    file: 'leaf.ts',
    from: 'for (const change of [atMs + from, atMs + to])',
    to: 'for (const change of [atMs + from])',
  },
  {
    name: 'no timer for when an event enters a window',
    definitions: ["event('A').between(2 hours, 9 hours).count()"],
    file: 'leaf.ts',
    from: 'for (const change of [atMs + from, atMs + to])',
    to: 'for (const change of [atMs + to])',
  },
  {
    name: 'no timer for the end of a session',
    definitions: ["event('A').expires_after(6 hours).count()"],
    file: 'leaf.ts',
    from: 'if (end > nowMs) onChangeAt(end)',
    to: '',
  },
  {
    name: 'no timer for when a relative date begins',
    definitions: ["trait('born').within_next(6 hours)"],
    file: 'condition.ts',
    from: '[ms, ms + span] : [ms - span, ms]',
    to: '[ms + span] : [ms]',
  },
  {
    name: 'the latest timer is kept instead of the earliest',
    definitions: ["event('A').within(6 hours).count()"],
    file: 'engine.ts',
    from: 'ms < dueMs) dueMs = ms',
    to: 'ms > dueMs) dueMs = ms',
  },
  {
    name: 'a timer that is due at this very moment waits',
    definitions: ["event('A').within(6 hours).count() >= 1"],
    file: 'engine.ts',
    from: 'dueMs > untilMs',
    to: 'dueMs >= untilMs',
  },
  {
    name: 'of computations stored together the latest timer is looked at',
    definitions: ["event('A').within(6 hours).count()", "event('A').within(2 hours).count()"],
    file: 'computed.ts',
    from: '(earliest === undefined || dueMs < earliest)',
    to: '(earliest === undefined || dueMs > earliest)',
  },
  {
    name: 'timers fire at the end of a jump instead of at their time',
    definitions: ["event('A').within(6 hours).count() >= 1"],
    file: 'engine.ts',
    from: 'new Set(touched), view, dueMs)',
    to: 'new Set(touched), view, untilMs)',
  },
  {
    name: 'who reads an audience is not told when it changes',
    definitions: ["event('A').count() >= 1", "event('B').count() >= 1 AND trait('c1') = true"],
    file: 'engine.ts',
    from: 'for (const other of plan.byTrait.get(key) ?? []) touched.add(other)',
    to: '',
  },
]
