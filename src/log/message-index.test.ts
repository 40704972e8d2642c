import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MessageIndex } from './message-index.ts'

test('the latest entries are known, newest first, in every thread that has the memory', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }), { maxLength: 30 }),
      (entries, records) => {
        const index = new MessageIndex(MessageIndex.memoryFor(entries))
        const elsewhere = new MessageIndex(index.memory)
        const noted: { id: string; position: number }[] = []
        for (const [at, ids] of records.entries()) {
          const position = at + 1
          const samples = ids.map((id) => ({ reason: 'r', event: JSON.stringify({ messageId: id }) }))
          index.note(position, 'rejected', Buffer.from(JSON.stringify({ receivedAt: '', samples })))
          noted.push(...ids.map((id) => ({ id, position })))
        }
        const known = noted.slice(-entries).reverse()
        for (const asked of ['a', 'b', 'c', 'd']) {
          const expected = known.filter(({ id }) => id === asked).map(({ position }) => position)
          expect([...elsewhere.candidates(asked)]).toEqual(expected)
        }
      },
    ),
  )
})
