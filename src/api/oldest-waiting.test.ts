import { expect, test } from 'vitest'
import type { OpenDelivery } from '../state/index.ts'
import { oldestWaitingMs } from './oldest-waiting.ts'

test('the oldest that waits is the first that no replay sends', async () => {
  const row = (position: number, replay: number | null) => ({ position, replay }) as OpenDelivery
  const of = (...rows: OpenDelivery[]) =>
    oldestWaitingMs(
      {
        state: { open: async ({ limit }) => rows.slice(0, limit) },
        log: {
          reader: {
            read: (after) => [
              {
                kind: 'event',
                sourceId: 's',
                position: after + 1,
                body: `{"receivedAt":"1970-01-01T00:00:0${after + 1}.000Z"}`,
              },
            ],
          },
        },
      },
      1,
    )
  expect(await of()).toBeNull()
  expect(await of(row(2, null), row(3, null))).toBe(2_000)
  expect(await of(row(1, 7), row(2, 7), row(4, null))).toBe(4_000)
  expect(await of(row(1, 7))).toBeNull()
})
