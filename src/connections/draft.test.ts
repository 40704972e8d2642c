import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { NormalisedEvent } from '../spec/index.ts'
import {
  migrate,
  openSqliteState,
  type ProfileState,
  pipelineMigrations,
  SqlitePipelineState,
  type UnifyStep,
} from '../state/index.ts'
import { Draft, Numbers } from './draft.ts'

const some = fc.integer({ min: 1, max: 4 })
const change = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    id: some,
    document: fc.string({ unit: 'grapheme-ascii' }),
    dueAtMs: fc.option(fc.nat(9)),
  }),
  fc.record({ kind: fc.constant('drop' as const), id: some }),
  fc.record({ kind: fc.constant('lead' as const), name: some, to: fc.option(some) }),
  fc.record({ kind: fc.constant('member' as const), id: some, isIn: fc.boolean() }),
)

test('reads see what a step has drafted, as they will once it is written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'draft-'))
  const db = openSqliteState({ file: join(directory, 'state.db') })
  onTestFinished(async () => {
    await db.close()
    await rm(directory, { recursive: true })
  })
  await migrate(db, pipelineMigrations)
  const state = new SqlitePipelineState(db)
  const { people } = state
  let runs = 0
  const property = fc.asyncProperty(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 4 }), async (steps) => {
    runs += 1
    // Each run has people, spaces and an audience of its own.
    const own = (n: number) => runs * 10 + n
    const key = (n: number) => Buffer.alloc(16, `${own(n)} `)
    const [ids, keys] = [[1, 2, 3, 4].map(own), [1, 2, 3, 4].map(key)]
    const due = { space: own(1), atMs: 5, limit: 9 }
    const members = new Set<number>()
    for (const changes of steps) {
      const draft = new Draft(people, new Numbers())
      for (const each of changes) {
        if (each.kind === 'put') {
          const { document, dueAtMs } = each
          // Nobody moves to another space.
          draft.put({ id: own(each.id), space: own(each.id % 2), document, dueAtMs })
        } else if (each.kind === 'drop') draft.drop(own(each.id))
        else if (each.kind === 'lead') draft.lead(key(each.name), each.to === null ? null : own(each.to))
        else {
          draft.member(runs, own(each.id), each.isIn)
          if (each.isIn) members.add(own(each.id))
          else members.delete(own(each.id))
        }
      }
      const drafted = [await draft.profilesByIds(keys), await draft.profiles(ids), new Set(await draft.due(due))]
      const unify: UnifyStep = { ...draft.rows(), appendedTo: 0, runs: [], atMs: 0 }
      for (const gone of unify.gone) members.delete(gone)
      await state.commit({ unify, updates: [], counts: [], runtimes: [] })
      const profiles = (await people.profiles(ids)).filter((each) => each !== null)
      expect(drafted).toEqual([await people.profilesByIds(keys), profiles, new Set(await people.due(due))])
      const stored = await people.members({ computation: runs, after: 0, limit: 9 })
      expect(new Set(stored.map(({ profile }) => profile))).toEqual(members)
    }
  })
  await fc.assert(property, { numRuns: 60 })
})

test('of who is gone no row of the ledger is written, whatever the step had told of them', () => {
  const draft = new Draft({} as ProfileState, new Numbers())
  const key = { computation: 1, profile: 7 }
  const events = [{ messageId: `personas_${'0'.repeat(12)}${'a'.repeat(20)}` }] as NormalisedEvent[]
  draft.ledger.told(key, { number: 1, enabled: true }, events, { value: true, atMs: 1, run: null })
  expect(draft.rows().tellings).toHaveLength(1)
  draft.drop(7)
  expect(draft.rows().tellings).toEqual([])
})
