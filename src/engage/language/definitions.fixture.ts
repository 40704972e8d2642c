/** Random definitions of the whole grammar, within its limits. */
import fc from 'fast-check'
import {
  COMPARISONS,
  type Condition,
  DATE_TESTS,
  type Definition,
  type Duration,
  type Field,
  millisecondsOf,
  PRESENCE_TESTS,
  RELATIVE_TESTS,
  type Reducer,
  type Reduction,
  type Scalar,
  type Window,
  WORD_TESTS,
} from './ast.ts'
import { SESSION_MS_MIN } from './limits.ts'
import { mistakeIn, type SimpleCondition } from './types.ts'

/** What definitions are about, so that histories can be about the same. */
export interface Vocabulary {
  readonly events: readonly string[]
  readonly paths: readonly string[]
  readonly traits: readonly string[]
  readonly words: readonly Scalar[]
  readonly sources: readonly string[]
  /** Dates with a zone. */
  readonly dates: readonly string[]
  /** Windows in days. */
  readonly daysMax: number
  /** Whether conditions may be of an account and its users. */
  readonly isAccounts: boolean
}

/** Deep parts are as varied as others: by default they are nearly always the first alternative. */
const oneof = <Ts extends fc.MaybeWeightedArbitrary<unknown>[]>(...all: Ts) => fc.oneof({ depthSize: 'max' }, ...all)

export function definitionsOf(vocabulary: Vocabulary) {
  const { daysMax } = vocabulary
  const one = <T>(values: readonly T[]) => fc.constantFrom(...values)
  const duration = (least: number): fc.Arbitrary<Duration> =>
    oneof(
      fc.record({ amount: fc.integer({ min: least, max: daysMax }), unit: fc.constant('day' as const) }),
      fc.record({ amount: fc.integer({ min: least, max: daysMax * 24 }), unit: fc.constant('hour' as const) }),
      fc.record({ amount: fc.integer({ min: least, max: daysMax * 1_440 }), unit: fc.constant('minute' as const) }),
      fc.record({ amount: fc.integer({ min: least, max: daysMax * 86_400 }), unit: fc.constant('second' as const) }),
    )
  const literal: fc.Arbitrary<Field> = one(vocabulary.words).map((value) => ({ kind: 'literal', value }))
  const trait: fc.Arbitrary<Field> = one(vocabulary.traits).map((key) => ({ kind: 'trait', key }))
  const property = (isChild: boolean): fc.Arbitrary<Field> =>
    fc.record({
      kind: fc.constant('property' as const),
      path: one(vocabulary.paths),
      ofParent: isChild ? fc.boolean() : fc.constant(false),
    })
  const own: fc.Arbitrary<Field> = oneof(
    { weight: 5, arbitrary: property(false) },
    one(vocabulary.paths).map((path) => ({ kind: 'context' as const, path })),
  )
  const reducer: fc.Arbitrary<Reducer> = oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'count' as const }) },
    fc.record({
      kind: fc.constantFrom('sum' as const, 'avg' as const, 'min' as const, 'first' as const, 'last' as const),
      of: own,
    }),
    fc.record({ kind: fc.constantFrom('unique' as const, 'unique_count' as const), of: own }),
    fc.record({
      kind: fc.constant('max' as const),
      of: own,
      as: fc.constantFrom('number' as const, 'string' as const),
    }),
    fc.record({ kind: fc.constant('mode' as const), of: own, minFrequency: fc.integer({ min: 1, max: 3 }) }),
  )
  const between: fc.Arbitrary<Window> = fc
    .tuple(duration(0), duration(1))
    .filter(([from, to]) => millisecondsOf(from) < millisecondsOf(to))
    .map(([from, to]) => ({ kind: 'between', from, to }))
  const within: fc.Arbitrary<Window> = duration(1).map((each) => ({ kind: 'within', duration: each }))
  const withinParent: fc.Arbitrary<Window> = duration(1).map((each) => ({ kind: 'within_parent', duration: each }))
  const session: fc.Arbitrary<Window> = duration(1)
    .filter((each) => millisecondsOf(each) >= SESSION_MS_MIN)
    .map((each) => ({ kind: 'session', duration: each }))
  const excludedSources = oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.uniqueArray(one(vocabulary.sources), { minLength: 1, maxLength: 2 }),
  )

  const reduction = (place: 'profile' | 'event' | 'trait'): fc.Arbitrary<Reduction> =>
    fc.record({
      kind: fc.constant('reduction' as const),
      events: fc.record({
        name: one(vocabulary.events),
        where: fc.option(condition(place === 'event' ? 'child' : 'event', place === 'event' ? 0 : 1), {
          freq: 2,
          depthSize: 'max',
        }),
        excludedSources,
        window: fc.option(
          place === 'event'
            ? oneof({ weight: 3, arbitrary: withinParent }, within, between)
            : oneof(within, between, ...(place === 'trait' ? [{ weight: 2, arbitrary: session }] : [])),
          { freq: 3, depthSize: 'max' },
        ),
      }),
      reducer,
    })

  function value(place: 'profile' | 'event' | 'child'): fc.Arbitrary<Field | Reduction> {
    const constant = { weight: 1, arbitrary: literal }
    const known = { weight: 4, arbitrary: trait }
    if (place === 'profile') return oneof({ weight: 12, arbitrary: reduction('profile') }, known, constant)
    if (place === 'child')
      return oneof({ weight: 16, arbitrary: property(true) }, { ...known, arbitrary: own }, known, constant)
    return oneof({ weight: 24, arbitrary: own }, { weight: 8, arbitrary: reduction('event') }, known, constant)
  }

  // Random questions are seldom answered yes: most definitions that people write are like this one.
  function often(place: 'profile' | 'event'): fc.Arbitrary<SimpleCondition> {
    return fc.record({
      kind: fc.constant('comparison' as const),
      left: reduction(place).map((each) => ({ ...each, reducer: { kind: 'count' as const } })),
      operator: fc.constantFrom('>=' as const, '=' as const),
      right: fc.nat(2).map((value) => ({ kind: 'literal' as const, value })),
    })
  }

  function condition(
    place: 'profile' | 'event' | 'child',
    depth: number,
    isOfAccount = false,
  ): fc.Arbitrary<Condition> {
    const of = value(place)
    const word: fc.Arbitrary<Field> = oneof(
      { weight: 4, arbitrary: literal },
      trait,
      ...(place === 'profile' ? [] : [property(place === 'child'), own]),
    )
    const other = oneof({ weight: 3, arbitrary: word }, { weight: 1, arbitrary: of })
    const simple: fc.Arbitrary<SimpleCondition> = oneof(
      ...(place === 'child' ? [] : [{ weight: 3, arbitrary: often(place) }]),
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('comparison' as const),
          left: of,
          operator: one(COMPARISONS),
          right: other,
        }),
      },
      fc.record({ kind: fc.constant('presence' as const), of, test: one(PRESENCE_TESTS) }),
      fc.record({
        kind: fc.constant('words' as const),
        of,
        test: one(WORD_TESTS),
        words: fc.array(word, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('date' as const), of, test: one(DATE_TESTS), date: one(vocabulary.dates) }),
      fc.record({
        kind: fc.constant('relative_date' as const),
        of,
        test: one(RELATIVE_TESTS),
        duration: duration(1),
      }),
    ).filter((each) => mistakeIn(each) === undefined)
    if (depth === 0) return simple
    const inner = condition(place, depth - 1, isOfAccount)
    const quantified =
      place === 'profile' && isOfAccount
        ? [
            fc.record({
              kind: fc.constantFrom('any' as const, 'all' as const),
              part: condition(place, depth - 1, false),
            }),
          ]
        : []
    return oneof(
      { weight: 4, arbitrary: simple },
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        parts: fc.array(inner, { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), part: inner }),
      ...quantified,
    )
  }

  const audience: fc.Arbitrary<Extract<Definition, { kind: 'audience' }>> = condition(
    'profile',
    2,
    vocabulary.isAccounts,
  ).map((each) => ({
    kind: 'audience',
    condition: each,
  }))
  const computedTrait: fc.Arbitrary<Extract<Definition, { kind: 'trait' }>> = reduction('trait').map((each) => ({
    kind: 'trait',
    value: each,
  }))
  return { audience, trait: computedTrait }
}
