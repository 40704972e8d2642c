import { expect, test } from 'vitest'
import { chartRows } from './chart-rows.ts'

const T1 = '2026-01-01T00:00:00.000Z'
const T2 = '2026-01-02T00:00:00.000Z'
const NONE = { p50Ms: null, p95Ms: null }

test('what arrived and what was delivered stand in the row of their time, also where one of them has none', () => {
  const { rows, reasons } = chartRows(
    {
      received: [{ time: T2, count: 7 }],
      series: [
        { time: T1, delivered: 3, dead: 0, latency: { p50Ms: 12, p95Ms: 40 } },
        { time: T2, delivered: 0, dead: 2, latency: NONE },
      ],
      failures: [
        {
          reason: 'rejected_400',
          series: [
            { time: T1, count: 0 },
            { time: T2, count: 2 },
          ],
        },
        { reason: 'a.b[0]', series: [] },
      ],
    },
    '30d',
  )
  expect(reasons).toEqual(['rejected_400', 'a.b[0]'])
  expect(rows).toEqual([
    { at: 'Jan 1', received: 0, delivered: 3, dead: 0, p50: 12, p95: 40, failed0: 0, failed1: 0 },
    { at: 'Jan 2', received: 7, delivered: 0, dead: 2, p50: null, p95: null, failed0: 2, failed1: 0 },
  ])
})

test('without anything there are no rows', () => {
  expect(chartRows({ received: [], series: [], failures: [] }, '1h')).toEqual({ rows: [], reasons: [] })
})
