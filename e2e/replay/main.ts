/**
 * Replays many dead letters while the server is killed and the replay cancelled and begun anew:
 * `node e2e/replay/main.ts [--letters 10000] [--users 500] [--kills 5] [--rate 2000]`. Prints the figures as JSON and ends
 * with code 1 on a violation.
 */
import { parseArgs } from 'node:util'
import { replayRun } from './replay-run.ts'

const { values } = parseArgs({
  options: {
    letters: { type: 'string', default: '10000' },
    users: { type: 'string', default: '500' },
    kills: { type: 'string', default: '5' },
    rate: { type: 'string', default: '2000' },
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const report = await replayRun({
  letters: Number(values.letters),
  users: Number(values.users),
  kills: Number(values.kills),
  ratePerSecond: Number(values.rate),
  onProgress: (line) => console.error(line),
})
console.log(JSON.stringify(report, undefined, 2))
process.exitCode = report.violations.length === 0 ? 0 : 1
