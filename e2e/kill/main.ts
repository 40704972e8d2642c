/**
 * Kills the real server while events pass through it and shows that none is lost, repeated as an effect or put out of order:
 * `node e2e/kill/main.ts --kills 50 [--users 200] [--faults 0.3] [--seed 1] [--json] [--keep]`. Ends with code 1 on a
 * violation; `--keep` leaves the data directory for a look then.
 */
import { parseArgs } from 'node:util'
import { type CrashReport, crashRun } from './crash-run.ts'

/** Between two lines of progress, in milliseconds. */
const PROGRESS_MS = 5_000
/** Violations that are printed; the others are counted. */
const VIOLATIONS_SHOWN = 20

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    users: { type: 'string', default: '200' },
    faults: { type: 'string', default: '0.3' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})

function inRange(name: keyof typeof values, min: number, max: number, isWhole: boolean): number {
  const value = Number(values[name])
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value
  console.error(`--${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`)
  process.exit(2)
}

// Ends through `exit`, where what was started is ended and what was written removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** A server that ends by itself or never gets done ends the run at once: there is no report then. */
function stopWith(error: Error): never {
  console.log(`violation: ${error.name}: ${error.message}`)
  process.exit(1)
}

const kills = inRange('kills', 1, 100_000, true)
let printedMs = 0
const report = await crashRun({
  kills,
  users: inRange('users', 1, 100_000, true),
  faultRate: inRange('faults', 0, 0.9, false),
  seed: inRange('seed', 0, 2 ** 32, true),
  keepsEvidence: values.keep,
  onProgress({ kills: done, acked, handled, elapsedMs }) {
    if (elapsedMs - printedMs < PROGRESS_MS && done < kills) return
    printedMs = elapsedMs
    const leftS = Math.round(((elapsedMs / done) * (kills - done)) / 1_000)
    console.error(`${done} of ${kills} kills, ${acked} events acked, ${handled} delivered, about ${leftS} s left`)
  },
}).catch(stopWith)
if (values.json) console.log(JSON.stringify(report))
else print(report)
process.exitCode = report.violations.length === 0 ? 0 : 1

function print({ figures, ends, readyMs, faults, violations, ...report }: CrashReport): void {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const named = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
      .join(', ')
  const rows: readonly (readonly [string, string])[] = [
    ['seed', `${report.seed}, ${seconds(report.durationMs)}`],
    ['ends of the server', `${report.kills}: ${named(ends)}`],
    ['ready again', `p50 ${seconds(readyMs.p50)}, max ${seconds(readyMs.max)}`],
    ['events acked', `${figures.acked} of ${report.users} users; ${report.resent} requests sent again`],
    ['given up by sender', `${figures.abandoned}, of which ${figures.abandonedButStored} were stored all the same`],
    ['in the log', `${figures.stored} events and ${figures.storedAgain} repeats of them`],
    ['at the destination', `${figures.handled} events and ${figures.handledAgain} repeats of them`],
    ['its faults', `${named(faults)}, in ${report.requestsAtDestination} requests`],
    ['drained after', seconds(report.drainMs)],
    ['violations', String(violations.length)],
  ]
  for (const [name, value] of rows) console.log(`${name.padEnd(20)}${value}`)
  for (const { kind, message } of violations.slice(0, VIOLATIONS_SHOWN)) console.log(`violation: ${kind}: ${message}`)
  if (report.evidence !== undefined) console.log(`data directory: ${report.evidence}`)
}
