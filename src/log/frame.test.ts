import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFrame, encodeFrame, frameBytes, kindOfCode, RECORD_KINDS } from './frame.ts'
import type { NewRecord } from './log.ts'

const anyRecord: fc.Arbitrary<NewRecord> = fc.record({
  kind: fc.constantFrom(...RECORD_KINDS),
  sourceId: fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/),
  body: fc.uint8Array({ maxLength: 200 }),
})

test('what goes in comes out, in order, and takes the bytes foretold', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRecord)), (calls) => {
      const frame = encodeFrame(calls)
      const read: NewRecord[] = []
      decodeFrame(frame, (kind, sourceId, body) =>
        read.push({ kind: kindOfCode(kind), sourceId, body: Uint8Array.from(body) }),
      )
      expect(read).toEqual(calls.flat())
      expect(frame.byteLength).toBe(frameBytes(calls.flat()))
    }),
  )
})
