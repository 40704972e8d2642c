import { expect, test } from 'vitest'
import { chartRows, failuresText, latencyText } from './chart-rows.ts'

const T1 = '2026-01-01T00:00:00.000Z'
const T2 = '2026-01-02T00:00:00.000Z'
const NONE = { p50Ms: null, p95Ms: null }

test('what arrived and what was delivered stand in the row of their time, also where one of them has none', () => {
  const { rows, reasons, deadReasons } = chartRows(
    {
      received: [{ time: T2, count: 7 }],
      series: [
        { time: T1, delivered: 3, dead: 0, latency: { p50Ms: 12, p95Ms: 40 } },
        { time: T2, delivered: 0, dead: 2, latency: NONE },
      ],
      failures: [
        {
          reason: 'rejected_400',
          total: 2,
          series: [
            { time: T1, count: 0 },
            { time: T2, count: 2 },
          ],
        },
        { reason: 'a.b[0]', total: 0, series: [] },
      ],
      retries: [
        {
          reason: 'status_503',
          total: 5,
          series: [
            { time: T1, count: 5 },
            { time: T2, count: 0 },
          ],
        },
      ],
    },
    '30d',
  )
  expect([reasons, deadReasons]).toEqual([['rejected_400', 'a.b[0]', '503, tried again'], 2])
  expect(rows).toEqual([
    { at: 'Jan 1', received: 0, delivered: 3, dead: 0, p50: 12, p95: 40, failed0: 0, failed1: 0, failed2: 5 },
    { at: 'Jan 2', received: 7, delivered: 0, dead: 2, p50: null, p95: null, failed0: 2, failed1: 0, failed2: 0 },
  ])
})

test('without anything there are no rows', () => {
  expect(chartRows({ received: [], series: [], failures: [], retries: [] }, '1h')).toEqual({
    rows: [],
    reasons: [],
    deadReasons: 0,
  })
})

test('what failed is told by reason, that which is tried again apart from what is dead', () => {
  const of = (reason: string, total: number) => ({ reason, total, series: [] })
  expect(failuresText({ failures: [], retries: [] }, '1 h')).toBe('No dead letters in 1 h.')
  expect(failuresText({ failures: [], retries: [of('status_503', 1_200), of('ETIMEDOUT', 1)] }, '1 h')).toBe(
    'No dead letters in 1 h. Tried again: 503: 1,200, no answer came in time (ETIMEDOUT): 1.',
  )
  expect(failuresText({ failures: [of('rejected_400', 8)], retries: [] }, '1 h')).toBe('rejected_400: 8.')
})

test('latencies are of what was delivered; that something waits for long is told beside them', () => {
  const half = { p50Ms: 77, p95Ms: 899 }
  expect(latencyText(half, '1 h', 9_999)).toBe('Half within 77 ms of their arrival, 95 % within 899 ms.')
  expect(latencyText(half, '1 h', 80_000)).toMatch(/899 ms\. The oldest that is not delivered waits for 1 min 20 s\.$/)
  expect(latencyText(NONE, '1 h', 0)).toBe('Nothing was delivered in 1 h.')
})
