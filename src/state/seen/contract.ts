/** The promises of `port.ts`, run on every adapter. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpenPipelineState } from '../pipeline/contract.ts'
import { OffsetConflict, type PipelineStep } from '../pipeline/port.ts'
import type { StoredSeen } from './port.ts'

const seen = (sourceId: string, key: number, document: string | null = `"${sourceId} ${key}"`): StoredSeen => ({
  sourceId,
  key: new Uint8Array(16).fill(key),
  document,
})
const step = (rows: readonly StoredSeen[], over: Partial<PipelineStep> = {}): PipelineStep => ({
  seen: rows,
  updates: [],
  counts: [],
  runtimes: [],
  ...over,
})

export function seenContract(adapter: string, open: () => Promise<OpenPipelineState>): void {
  describe(`names that were seen on ${adapter}`, () => {
    let opened: OpenPipelineState
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const write = (...rows: StoredSeen[]) => opened.state.commit(step(rows))

    test('a name stands as it was written last, by source and key, also after a restart', async () => {
      await write(seen('b', 1), seen('a', 2), seen('a', 1, '"old"'))
      await write(seen('a', 1, '"older"'), seen('a', 1, '"new"'))
      const { seen: again } = await opened.reopen()
      expect(await again.all()).toEqual([seen('a', 1, '"new"'), seen('a', 2), seen('b', 1)])
    })

    test('the names of one source are given without their members, whatever they are called', async () => {
      const rest = { kind: 'event', name: '","members":[1]}\\","members":\u0000', lastAtMs: 7, isCut: false }
      const document = JSON.stringify({ ...rest, members: [['members', 1, [2], 3]] })
      await write(seen('a', 200, document), seen('a', 1, document), seen('b', 1, document))
      const found = await opened.state.seen.withoutMembers('a')
      expect(found.map(({ sourceId, key }) => [sourceId, key[0]])).toEqual([
        ['a', 1],
        ['a', 200],
      ])
      expect(found.map((each) => JSON.parse(each.document ?? ''))).toEqual([rest, rest])
      expect(await opened.state.seen.withoutMembers('nobody')).toEqual([])
    })

    test('only those keys are given that are asked for, of that source', async () => {
      await write(seen('a', 1), seen('a', 2), seen('a', 200), seen('b', 1))
      const keys = [seen('a', 200).key, seen('a', 1).key, seen('a', 3).key]
      expect(await opened.state.seen.ofKeys('a', keys)).toEqual([seen('a', 1), seen('a', 200)])
      expect(await opened.state.seen.ofKeys('a', [])).toEqual([])
      expect(await opened.state.seen.ofKeys('nobody', keys)).toEqual([])
    })

    test('a forgotten name is gone, and those of other sources stay', async () => {
      await write(seen('a', 1), seen('b', 1))
      await write(seen('a', 1, '"again"'), seen('a', 1, null), seen('c', 1, null))
      expect(await opened.state.seen.all()).toEqual([seen('b', 1)])
      await write(seen('b', 1, null), seen('b', 1, '"back"'))
      expect(await opened.state.seen.all()).toEqual([seen('b', 1, '"back"')])
    })

    test('nothing is written by a step that another process was quicker with', async () => {
      const none = { accepted: [], routings: [], deliveries: [], cancelLanes: [], tombstones: [] }
      const processed = { from: 7, to: 8, ...none, regulations: [], regulationTasks: [] }
      await expect(opened.state.commit(step([seen('a', 1)], { processed }))).rejects.toThrow(OffsetConflict)
      expect(await opened.state.seen.all()).toEqual([])
    })
  })
}
