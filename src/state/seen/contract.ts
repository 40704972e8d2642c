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

    test('only the names of the sources that are asked for are given', async () => {
      await write(seen('a', 1), seen('b', 1), seen('c', 200))
      const { seen: state } = opened.state
      expect(await state.ofSources(['c', 'a', 'nobody'])).toEqual([seen('a', 1), seen('c', 200)])
      expect(await state.ofSources([])).toEqual([])
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
