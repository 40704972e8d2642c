import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseAudience } from '../engage/index.ts'
import { MemoryLog } from '../log/index.ts'
import { systemClock } from '../ports/index.ts'
import { migrate, openSqliteState, pipelineMigrations, SqlitePipelineState } from '../state/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'
import { previewComputation } from './audience-preview.ts'
import { anEvent } from './builders.ts'
import { createKeyedHash } from './keyed-hash.ts'

const SOURCE = 'src_1'
const { userId: _, ...UNKNOWN } = anEvent()

const audience = (number: number, key: string, query: string): SpaceComputation => ({
  id: `aud_${number}`,
  number,
  key,
  definition: parseAudience(query),
  includesAnonymous: false,
  activations: [],
})
const ORDERED = audience(1, 'ordered', "event('Order').count() >= 1")
const LOYAL = audience(2, 'loyal', "trait('ordered') = true AND event('Order').count() >= 2")

/** Ada ordered twice and has an email, bob ordered twice, eve once, somebody unknown once; all but eve paid. */
async function aLog() {
  const log = new MemoryLog({ charsMax: 1_000_000 })
  const orders = [
    { userId: 'ada', event: 'Order', context: { traits: { email: 'ada@example.com' } } },
    { userId: 'ada', event: 'Order' },
    { userId: 'bob', event: 'Order' },
    { userId: 'bob', event: 'Order' },
    { userId: 'eve', event: 'Order' },
    { anonymousId: 'x', event: 'Order' },
    { userId: 'ada', event: 'Paid' },
    { userId: 'bob', event: 'Paid' },
    { anonymousId: 'x', event: 'Paid' },
  ]
  await log.append(
    orders.map((over, at) => ({
      kind: 'event' as const,
      sourceId: SOURCE,
      body: Buffer.from(JSON.stringify({ ...UNKNOWN, messageId: `m${at}`, ...over })),
    })),
  )
  return log.reader
}

async function aState() {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-preview-'))
  const db = openSqliteState({ file: join(directory, 'state.db') })
  onTestFinished(async () => {
    await db.close()
    rmSync(directory, { recursive: true })
  })
  await migrate(db, pipelineMigrations)
  return new SqlitePipelineState(db)
}

const preview = async (query: string, overlapWith?: SpaceComputation) =>
  previewComputation({
    log: await aLog(),
    state: await aState(),
    hash: createKeyedHash(Buffer.alloc(32, 7)),
    space: { id: 'spa_1', sourceIds: new Set([SOURCE]), computations: [ORDERED, LOYAL] },
    definition: parseAudience(query),
    level: 'users',
    clock: systemClock,
    ...(overlapWith === undefined ? {} : { overlapWith }),
  })

test('a preview tells how many of those who would be in have each type of external id, most first', async () => {
  const { size, profiles, identifiers } = await preview("event('Order').count() >= 1")
  expect([size, profiles]).toEqual([4, 4])
  expect(identifiers).toEqual([
    { type: 'user_id', profiles: 3 },
    { type: 'anonymous_id', profiles: 1 },
    { type: 'email', profiles: 1 },
  ])
  expect((await preview("event('Nothing').count() >= 1")).identifiers).toEqual([])
})

test('an overlap counts who is in both, by what each of them asks for', async () => {
  // Of three who paid one is unknown, and `ordered` takes nobody who is.
  expect((await preview("event('Paid').count() >= 1", ORDERED)).overlap).toEqual({
    id: 'aud_1',
    key: 'ordered',
    size: 3,
    both: 2,
  })
  expect(await preview("event('Paid').count() >= 1")).not.toHaveProperty('overlap')
})

test('what a definition and the other one read of other audiences is worked out with them', async () => {
  expect((await preview("trait('loyal') = true")).size).toBe(2)
  expect((await preview("event('Order').count() = 1", LOYAL)).overlap).toMatchObject({ size: 2, both: 0 })
})
