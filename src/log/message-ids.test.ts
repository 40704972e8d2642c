import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageHash, messageIdsOf, visitMessageHashes } from './message-ids.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"messageId":"x"', 'messageId', '\\"messageId":', '"messageId":"', '"', '\\'),
)
const { inner } = fc.letrec((tie) => ({
  inner: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.array(tie('inner'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constant('messageId')), tie('inner'), { maxKeys: 3 }),
  ),
}))

test('an event is known by the messageId that parsing all of it gives, whatever else stands in it', () => {
  fc.assert(
    fc.property(text, inner, inner, (messageId, before, after) => {
      const body = JSON.stringify({ before, messageId, after })
      const hashes: number[] = []
      visitMessageHashes('event', Buffer.from(`..${body}`).subarray(2), (hash) => hashes.push(hash))
      expect(hashes).toEqual([messageHash(messageId)])
      expect(messageIdsOf({ kind: 'event', body })).toEqual([messageId])
    }),
  )
})

test('hashes are whole numbers of 53 bits, and those of 200,000 ids like each other differ', () => {
  const hashes = new Set(Array.from({ length: 200_000 }, (_, number) => messageHash(`message-${number}`)))
  expect(hashes.size).toBe(200_000)
  for (const hash of hashes) if (!Number.isSafeInteger(hash) || hash < 0) throw new Error(`${hash}`)
})
