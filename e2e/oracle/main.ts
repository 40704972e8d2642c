/**
 * Holds computed traits and audiences against a recomputation from the whole history: many short random histories, each
 * with definitions of its own, then one long run of many people under each of a few plans:
 * `node e2e/oracle/main.ts [--histories 20000] [--events 1000000] [--seed 1] [--json]`. Ends with code 1 on a difference.
 */
import { parseArgs } from 'node:util'
import { histories, longRun } from './run.ts'

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '20000' },
    events: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    json: { type: 'boolean', default: false },
  },
})

function inRange(name: 'histories' | 'events' | 'seed', min: number, max: number): number {
  const value = Number(values[name])
  if (value >= min && value <= max && Number.isInteger(value)) return value
  console.error(`--${name} must be a whole number from ${min} to ${max}`)
  process.exit(2)
}

const options = {
  histories: inRange('histories', 0, 1e7),
  events: inRange('events', 0, 1e9),
  seed: inRange('seed', 0, 2 ** 31),
}
const startedMs = performance.now()

function progress(what: string, done: number, of: number): void {
  const elapsedS = (performance.now() - startedMs) / 1_000
  const megabytes = Math.round(process.memoryUsage().rss / 1_048_576)
  console.error(`${what}: ${done} of ${of}, ${elapsedS.toFixed(0)} s, ${megabytes} MB`)
}

try {
  histories(options.histories, options.seed, (done) => progress('histories', done, options.histories))
  const { changes, people } = longRun(options.events, options.seed, (done) => progress('events', done, options.events))
  const report = {
    ...options,
    people,
    changes,
    seconds: Math.round((performance.now() - startedMs) / 1_000),
    differences: 0,
  }
  if (values.json) console.log(JSON.stringify(report))
  else
    console.log(
      `${options.histories} histories and ${options.events} events of ${people} people with ${changes} changes: as the oracle says (seed ${options.seed}, ${report.seconds} s)`,
    )
} catch (error) {
  console.error(`seed ${options.seed}: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
