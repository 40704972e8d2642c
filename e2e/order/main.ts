/**
 * Shows that each user's events reach two destinations in order and whole, whatever these answer and however often the
 * product is killed, and that one which is down does not delay the other:
 * `node e2e/order/main.ts [--users 200] [--events 200] [--kills 50] [--faults 0.3] [--isolation 10] [--seed 1] [--json]`.
 * Ends with code 1 on a violation.
 */
import { parseArgs } from 'node:util'
import { ISOLATION_RATIO_MAX } from './isolation.ts'
import { type OrderReport, orderRun } from './order-run.ts'

/** Between two lines of progress, in milliseconds. */
const PROGRESS_MS = 5_000
/** Violations that are printed; the others are counted. */
const VIOLATIONS_SHOWN = 20

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    events: { type: 'string', default: '200' },
    kills: { type: 'string', default: '50' },
    faults: { type: 'string', default: '0.3' },
    isolation: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    json: { type: 'boolean', default: false },
  },
})

function inRange(name: keyof typeof values, min: number, max: number, isWhole = true): number {
  const value = Number(values[name])
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value
  console.error(`--${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`)
  process.exit(2)
}

// Ends through `exit`, where what was started is ended and what was written removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const users = inRange('users', 1, 10_000)
const eventsPerUser = inRange('events', 1, 10_000)
const total = users * eventsPerUser * 2
let printedMs = 0
const report = await orderRun({
  users,
  eventsPerUser,
  kills: inRange('kills', 0, 10_000),
  faultRate: inRange('faults', 0, 0.9, false),
  isolationMs: inRange('isolation', 1, 600) * 1_000,
  seed: inRange('seed', 0, 2 ** 32),
  onProgress({ phase, kills, handled, elapsedMs }) {
    if (elapsedMs - printedMs < PROGRESS_MS && phase === 'kills') return
    printedMs = elapsedMs
    const leftS = Math.round(((elapsedMs / Math.max(1, handled)) * (total - handled)) / 1_000)
    console.error(`${phase}: ${kills} kills, ${handled} of ${total} deliveries, about ${leftS} s left`)
  },
})
const isIsolated = report.isolation !== null && report.isolation.worstRatio <= ISOLATION_RATIO_MAX
if (values.json) console.log(JSON.stringify(report))
else print(report)
process.exitCode = report.violations.length === 0 && isIsolated ? 0 : 1

function print({ seed, kills, destinations, isolation, durationMs, violations }: OrderReport): void {
  console.log(`seed ${seed}, ${kills} kills, ${(durationMs / 1_000).toFixed(1)} s`)
  for (const { figures, requests, faults, lost, outOfOrder } of destinations) {
    console.log(
      `destination: ${figures.acked} events acked, ${figures.handled} arrived in ${requests} requests, ${lost} lost, ${outOfOrder} out of order`,
    )
    console.log(`  faults: ${JSON.stringify(faults)}`)
  }
  if (isolation !== null) {
    console.log(`delay to one destination while the other is (medians of ${isolation.rounds} rounds)`)
    for (const [other, { p50Ms, p99Ms }] of Object.entries(isolation.delays))
      console.log(`  ${other.padEnd(8)}p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`)
    console.log(`  worst ratio ${isolation.worstRatio.toFixed(2)}, allowed ${ISOLATION_RATIO_MAX}`)
  }
  console.log(`violations: ${violations.length}`)
  for (const { kind, message } of violations.slice(0, VIOLATIONS_SHOWN)) console.log(`  ${kind}: ${message}`)
}
