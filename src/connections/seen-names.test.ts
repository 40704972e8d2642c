import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NormalisedEvent } from '../spec/index.ts'
import type { StoredSeen } from '../state/index.ts'
import { anEvent, SOURCE } from './builders.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { decodeSeen, type SeenKind, type SeenName, typesText } from './seen-document.ts'
import {
  EVENT_NAMES_MAX,
  MEMBERS_MAX,
  MEMBERS_OF_SOURCE_MAX,
  NAME_CHARS_MAX,
  POSITIONS_MAX,
  REFRESH_MS,
  SeenNames,
} from './seen-names.ts'
import { SEEN_KEPT_MS } from './seen-room.ts'

const hash = createKeyedHash(new Uint8Array(32))
const START_MS = Date.parse('2026-01-02T03:04:05.678Z')

/** What a database would have. */
class Written {
  readonly rows = new Map<string, StoredSeen>()
  writes = 0
  #position = 0
  #names: SeenNames

  constructor(sources: readonly string[] = [SOURCE]) {
    this.#names = new SeenNames(hash, [])
    this.#names.configure(sources)
  }

  note(over: Partial<NormalisedEvent>, sourceId = SOURCE, afterMs = 0): number {
    this.#position += 1
    const event = anEvent({ receivedAt: new Date(START_MS + afterMs).toISOString(), ...over })
    const record = { position: this.#position, sourceId, kind: 'event', body: '' } as const
    this.#names.note({ record, event })
    return this.#position
  }

  commit(): void {
    for (const row of this.#names.take()) {
      this.writes += 1
      const id = `${row.sourceId} ${Buffer.from(row.key).toString('hex')}`
      if (row.document === null) this.rows.delete(id)
      else this.rows.set(id, row)
    }
  }

  restart(sources: readonly string[] = [SOURCE]): void {
    this.#names = new SeenNames(hash, [...this.rows.values()])
    this.#names.configure(sources)
  }

  configure(sources: readonly string[]): void {
    this.#names.configure(sources)
  }

  all(kind: SeenKind = 'event', sourceId = SOURCE): readonly SeenName[] {
    const own = [...this.rows.values()].filter((row) => row.sourceId === sourceId)
    return own.map(decodeSeen).filter((seen) => seen.kind === kind)
  }
}

const typesOf = (seen: SeenName | undefined) =>
  Object.fromEntries(Array.from(seen?.members ?? [], ([name, { types }]) => [name, typesText(types)]))
const many = (count: number, prefix = 'p') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 1]))

describe('what is noted', () => {
  test('an event is known by its name, with the types that its properties had', () => {
    const written = new Written()
    written.note({ event: 'Order Completed', properties: { total: 5, coupon: null, items: [1], to: {}, gift: true } })
    written.note({ event: 'Order Completed', properties: { total: '5' } })
    written.note({ type: 'page', name: 'Home', properties: { path: '/' } })
    written.commit()
    expect(written.all().map(({ name }) => name)).toEqual(['Order Completed'])
    expect(typesOf(written.all()[0])).toEqual({
      total: ['string', 'number'],
      coupon: ['null'],
      items: ['array'],
      to: ['object'],
      gift: ['boolean'],
    })
  })

  test('traits of people and of companies are known apart', () => {
    const written = new Written()
    written.note({ type: 'identify', traits: { plan: 'pro' } })
    written.note({ type: 'group', groupId: 'g', traits: { seats: 3 } })
    written.commit()
    expect(typesOf(written.all('users')[0])).toEqual({ plan: ['string'] })
    expect(typesOf(written.all('accounts')[0])).toEqual({ seats: ['number'] })
  })

  test('a name is one whatever it is, also one that objects have anyway', () => {
    const written = new Written()
    const properties = JSON.parse('{"__proto__": 1, "constructor": "x", "": true}')
    written.note({ event: '__proto__', properties })
    written.commit()
    written.restart()
    written.note({ event: '__proto__', properties })
    written.commit()
    expect(written.all().map(({ name }) => name)).toEqual(['__proto__'])
    expect([...(written.all()[0]?.members.keys() ?? [])]).toEqual(['__proto__', 'constructor', ''])
  })

  test('a source that is not there has no names, and those of one that goes are forgotten', () => {
    const written = new Written([SOURCE, 'src_2'])
    written.note({})
    written.note({}, 'src_2')
    written.note({}, 'src_nobody')
    written.commit()
    expect(written.rows.size).toBe(2)
    written.note({ event: 'Late' }, 'src_2')
    written.configure([SOURCE])
    written.note({}, 'src_2')
    written.commit()
    expect([...written.rows.values()].map(({ sourceId }) => sourceId)).toEqual([SOURCE])
  })

  test('a source that went while no process ran is forgotten too', () => {
    const written = new Written()
    written.note({})
    written.commit()
    written.restart([])
    written.commit()
    expect(written.rows.size).toBe(0)
  })
})

describe('limits', () => {
  test(`${EVENT_NAMES_MAX} events are kept by name; that there are more is said`, () => {
    const written = new Written()
    for (let index = 0; index < EVENT_NAMES_MAX; index += 1) written.note({ event: `e${index}` })
    written.commit()
    expect([written.all().length, written.all('left_out').length]).toEqual([EVENT_NAMES_MAX, 0])
    written.restart()
    written.note({ event: 'one more', properties: { of: 'it' } })
    written.note({ event: 'e0', properties: { known: 1 } })
    written.commit()
    expect(written.all().length).toBe(EVENT_NAMES_MAX)
    expect(written.all('left_out').map(({ members }) => members.size)).toEqual([0])
    expect(typesOf(written.all().find(({ name }) => name === 'e0'))).toEqual({ known: ['number'] })
  })

  test(`${MEMBERS_MAX} properties of an event are kept; that there are more is said`, () => {
    const written = new Written()
    written.note({ properties: many(MEMBERS_MAX) })
    written.commit()
    expect(written.all().map(({ members, isCut }) => [members.size, isCut])).toEqual([[MEMBERS_MAX, false]])
    written.restart()
    written.note({ properties: many(MEMBERS_MAX + 1) })
    written.commit()
    expect(written.all().map(({ members, isCut }) => [members.size, isCut])).toEqual([[MEMBERS_MAX, true]])
  })

  test(`${MEMBERS_OF_SOURCE_MAX} properties of all events of a source are kept`, () => {
    const written = new Written([SOURCE, 'src_2'])
    const events = MEMBERS_OF_SOURCE_MAX / MEMBERS_MAX
    for (let index = 0; index < events; index += 1)
      written.note({ event: `e${index}`, properties: many(MEMBERS_MAX, `${index} `) })
    written.note({ event: 'more', properties: { one: 1 } })
    written.note({ event: 'other', properties: { one: 1 } }, 'src_2')
    written.commit()
    const sizes = written.all().map(({ members }) => members.size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(MEMBERS_OF_SOURCE_MAX)
    expect(written.all().filter(({ isCut }) => isCut)).toHaveLength(1)
    expect(written.all('event', 'src_2').map(({ members }) => members.size)).toEqual([1])
  })

  test(`a name of ${NAME_CHARS_MAX} characters is kept, and a longer one is not`, () => {
    const [fits, long] = ['x'.repeat(NAME_CHARS_MAX), 'y'.repeat(NAME_CHARS_MAX + 1)]
    const written = new Written()
    written.note({ event: fits, properties: { [fits]: 1, [long]: 1 } })
    written.note({ event: long })
    written.commit()
    expect(written.all().map(({ name, members }) => [name, [...members.keys()]])).toEqual([[fits, [fits]]])
    expect(written.all('left_out')).toHaveLength(1)
  })

  test(`the newest ${POSITIONS_MAX} occurrences of a property are kept`, () => {
    const written = new Written()
    const positions = Array.from({ length: POSITIONS_MAX }, () => written.note({ properties: { a: 1 } }))
    written.commit()
    expect(written.all()[0]?.members.get('a')?.positions).toEqual(positions)
    positions.push(written.note({ properties: { a: 1 } }, SOURCE, REFRESH_MS))
    written.commit()
    expect(written.all()[0]?.members.get('a')?.positions).toEqual(positions.slice(1))
  })
})

describe('room for what is new', () => {
  const named = (written: Written, name: string) => written.all().find((each) => each.name === name)

  test('in a full source, a new event takes the place of the one not seen for longest, after 31 days and not before', () => {
    const written = new Written()
    for (let index = 0; index < EVENT_NAMES_MAX; index += 1) written.note({ event: `e${index}` }, SOURCE, index)
    written.note({ event: 'e0' }, SOURCE, 5_000)
    written.commit()
    written.restart()
    written.note({ event: 'early', properties: { a: 1 } }, SOURCE, 1 + SEEN_KEPT_MS - 1)
    written.commit()
    expect([named(written, 'early'), named(written, 'e1')?.name]).toEqual([undefined, 'e1'])
    written.note({ event: 'new', properties: { a: 1 } }, SOURCE, 1 + SEEN_KEPT_MS)
    written.note({ event: 'newer' }, SOURCE, 1 + SEEN_KEPT_MS)
    written.commit()
    expect(typesOf(named(written, 'new'))).toEqual({ a: ['number'] })
    expect([named(written, 'e1'), named(written, 'newer'), named(written, 'e2')?.name]).toEqual([
      undefined,
      undefined,
      'e2',
    ])
    written.note({ event: 'newer' }, SOURCE, 2 + SEEN_KEPT_MS)
    written.commit()
    expect([named(written, 'e2'), named(written, 'newer')?.name]).toEqual([undefined, 'newer'])
    expect([written.all().length, written.all('left_out').length]).toEqual([EVENT_NAMES_MAX, 1])
  })

  test('an event that made room comes back as new, also in the same step', () => {
    const written = new Written()
    for (let index = 0; index < EVENT_NAMES_MAX; index += 1) written.note({ event: `e${index}` }, SOURCE, index)
    written.commit()
    written.note({ event: 'new' }, SOURCE, SEEN_KEPT_MS + 1)
    written.note({ event: 'e0' }, SOURCE, SEEN_KEPT_MS + 1)
    written.commit()
    expect([named(written, 'e0')?.firstAtMs, named(written, 'e1')]).toEqual([START_MS + SEEN_KEPT_MS + 1, undefined])
    expect(written.all()).toHaveLength(EVENT_NAMES_MAX)
  })

  test('in a full event, a new property takes the place of the one not seen for longest, and it is said', () => {
    const written = new Written()
    written.note({ properties: many(MEMBERS_MAX) })
    written.note({ properties: { p0: 1 } }, SOURCE, REFRESH_MS)
    written.commit()
    written.restart()
    written.note({ properties: { early: 1 } }, SOURCE, SEEN_KEPT_MS - 1)
    written.note({ properties: { p1: 1, new: 1, ...many(1) } }, SOURCE, SEEN_KEPT_MS)
    written.commit()
    const [seen] = written.all()
    expect([seen?.members.size, seen?.isCut]).toEqual([MEMBERS_MAX, true])
    expect(['p0', 'p1', 'p2', 'early', 'new'].filter((name) => seen?.members.has(name))).toEqual(['p0', 'p1', 'new'])
  })

  test('in a full source, a new trait takes the place of any property not seen for longest', () => {
    const written = new Written()
    const events = MEMBERS_OF_SOURCE_MAX / MEMBERS_MAX
    for (let index = 0; index < events; index += 1)
      written.note({ event: `e${index}`, properties: many(MEMBERS_MAX, `${index} `) }, SOURCE, index)
    written.commit()
    written.restart()
    const identify = (plan: string, afterMs: number) =>
      written.note({ type: 'identify', traits: { [plan]: 1 } }, SOURCE, afterMs)
    identify('early', SEEN_KEPT_MS - 1)
    for (let index = 0; index <= MEMBERS_MAX; index += 1) identify(`t${index}`, SEEN_KEPT_MS)
    written.commit()
    expect(written.all('users').map(({ members }) => [members.size, members.has('early')])).toEqual([
      [MEMBERS_MAX, false],
    ])
    const sizes = new Map(written.all().map(({ name, members, isCut }) => [name, [members.size, isCut]]))
    expect([sizes.get('e0'), sizes.get('e1')]).toEqual([
      [0, true],
      [MEMBERS_MAX, false],
    ])
  })

  test('what was written before properties had a time of their own has that of its event', () => {
    const written = new Written()
    written.note({ properties: many(MEMBERS_MAX) })
    written.commit()
    for (const [id, row] of written.rows) {
      const { members, ...rest } = JSON.parse(row.document ?? '')
      const without = members.map((member: unknown[]) => member.slice(0, 3))
      written.rows.set(id, { ...row, document: JSON.stringify({ ...rest, members: without }) })
    }
    written.restart()
    written.note({ properties: { early: 1 } }, SOURCE, SEEN_KEPT_MS - 1)
    written.note({ properties: { new: 1 } }, SOURCE, SEEN_KEPT_MS)
    written.commit()
    const [seen] = written.all()
    expect([seen?.members.size, seen?.members.has('early'), seen?.members.has('new')]).toEqual([500, false, true])
  })
})

describe('what is written', () => {
  test('a name in use is written again when ten minutes are over, and not before', () => {
    const written = new Written()
    for (let index = 0; index < POSITIONS_MAX; index += 1) written.note({ properties: { a: 1 } })
    written.commit()
    const before = written.writes
    written.note({ properties: { a: 1 } }, SOURCE, REFRESH_MS - 1)
    written.commit()
    expect(written.writes).toBe(before)
    written.note({ properties: { a: 1 } }, SOURCE, REFRESH_MS)
    written.commit()
    expect(written.writes).toBe(before + 1)
    expect(written.all()[0]?.lastAtMs).toBe(START_MS + REFRESH_MS)
  })

  test('no value is: a name, its types and where in the log it stood', () => {
    const written = new Written()
    written.note({ properties: { email: 'jane@example.com' } })
    written.note({ type: 'identify', userId: 'jane-1', traits: { email: 'jane@example.com' } })
    written.commit()
    expect([...written.rows.values()].map(({ document }) => document).join()).not.toContain('jane')
  })

  test('in steps of any size, with restarts between them, the same names and types are known as in one', () => {
    const anyValue = fc.constantFrom<unknown>('a', 1, true, null, {}, [])
    const anyProperties = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), anyValue, { noNullPrototype: true })
    const anyCall = fc.record({
      event: fc.constantFrom('x', 'y', 'x y'),
      properties: anyProperties,
      ending: fc.constantFrom('nothing', 'commit', 'restart'),
    })
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 40 }), (calls) => {
        const written = new Written()
        const model = new Map<string, Map<string, { types: Set<string>; positions: number[] }>>()
        for (const { event, properties, ending } of calls) {
          const position = written.note({ event, properties })
          const members = model.getOrInsertComputed(event, () => new Map())
          for (const [name, value] of Object.entries(properties)) {
            const member = members.getOrInsertComputed(name, () => ({ types: new Set<string>(), positions: [] }))
            member.types.add(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
            member.positions.push(position)
          }
          if (ending !== 'nothing') written.commit()
          if (ending === 'restart') written.restart()
        }
        written.commit()
        expect(
          written
            .all()
            .map(({ name }) => name)
            .sort(),
        ).toEqual([...model.keys()].sort())
        for (const { name, members } of written.all()) {
          expect([...members.keys()].sort()).toEqual([...(model.get(name)?.keys() ?? [])].sort())
          for (const [member, { types, positions }] of members) {
            const expected = model.get(name)?.get(member)
            expect(new Set(typesText(types))).toEqual(expected?.types)
            expect(positions.length).toBe(Math.min(POSITIONS_MAX, expected?.positions.length ?? 0))
            expect(expected?.positions).toEqual(expect.arrayContaining([...positions]))
            expect(positions).toEqual(positions.toSorted((a, b) => a - b))
          }
        }
      }),
    )
  })
})
