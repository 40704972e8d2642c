/**
 * How long a new audience takes where there is much history:
 * `node e2e/scale/main.ts [--people 1000000] [--events 10000000] [--directory DIR] [--json]`. Prints the figures, and ends
 * with code 1 on a violation or a missed target.
 */
import { parseArgs } from 'node:util'
import { scaleRun } from './run.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '1000000' },
    events: { type: 'string', default: '10000000' },
    directory: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

/** Of the whole, in seconds; and of the server, in MB. */
const BACKFILL_SECONDS_MAX = 300
const FIRST_SYNC_SECONDS_MAX = 300
const PEAK_MB_MAX = 700

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const report = await scaleRun({
  people: Number(values.people),
  events: Number(values.events),
  directory: values.directory,
  onProgress: (line) => console.error(line),
})
const missed = [
  ...(report.backfillSeconds > BACKFILL_SECONDS_MAX ? [`backfill over ${BACKFILL_SECONDS_MAX} s`] : []),
  ...(report.firstSyncSeconds > FIRST_SYNC_SECONDS_MAX ? [`first sync over ${FIRST_SYNC_SECONDS_MAX} s`] : []),
  ...((report.peakMb ?? 0) > PEAK_MB_MAX ? [`memory over ${PEAK_MB_MAX} MB`] : []),
]
console.log(JSON.stringify({ ...report, missed }, undefined, values.json ? 0 : 2))
process.exitCode = report.violations.length + missed.length === 0 ? 0 : 1
