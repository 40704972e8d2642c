/**
 * Kills the server while audiences are worked out and told:
 * `node e2e/audience-kill/main.ts [--users 200] [--orders 12] [--kills 30] [--seed 1]`. Prints the figures as JSON and ends
 * with code 1 on a violation.
 */
import { parseArgs } from 'node:util'
import { audienceKillRun } from './run.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    orders: { type: 'string', default: '12' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const report = await audienceKillRun({
  users: Number(values.users),
  orders: Number(values.orders),
  kills: Number(values.kills),
  seed: Number(values.seed),
  onProgress: (line) => console.error(line),
})
console.log(JSON.stringify(report, undefined, 2))
process.exitCode = report.violations.length === 0 ? 0 : 1
