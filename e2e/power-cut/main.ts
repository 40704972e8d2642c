/**
 * Cuts the power under the real server and shows that nothing acked is lost; then under a writer of our own with SQLite's
 * weaker durability, to show that the cut is one: `node e2e/power-cut/main.ts --cuts 10 [--seed 1] [--json]`. Ends with
 * code 1 on a violation, and with 0 and a reason where no loop device can be mounted.
 */
import { parseArgs } from 'node:util'
import { whyNotMountable } from './loop-image.ts'
import { type ProductReport, productRun } from './product-run.ts'
import { type ControlReport, controlRun } from './writer-run.ts'

const CUTS_MAX = 10_000
/** Violations that are printed; the others are counted. */
const VIOLATIONS_SHOWN = 20

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    json: { type: 'boolean', default: false },
  },
})
const cuts = Number(values.cuts)
const seed = Number(values.seed)
if (!Number.isInteger(cuts) || cuts < 1 || cuts > CUTS_MAX || !Number.isInteger(seed)) {
  console.error(`--cuts must be a whole number from 1 to ${CUTS_MAX}, --seed a whole number`)
  process.exit(2)
}

// Ends through `exit`, so that what is mounted is unmounted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const why = await whyNotMountable()
if (why !== undefined) console.log(values.json ? JSON.stringify({ notRun: why }) : `not run: ${why}`)
else {
  const control = await controlRun(seed)
  const product = await productRun({
    cuts,
    seed,
    onProgress({ cuts: done, acked, elapsedMs }) {
      const leftS = Math.round(((elapsedMs / done) * (cuts - done)) / 1_000)
      console.error(`${done} of ${cuts} cuts, ${acked} events acked, about ${leftS} s left`)
    },
  })
  if (values.json) console.log(JSON.stringify({ control, product }))
  else print(control, product)
  process.exitCode = product.violations.length === 0 && control.isSound ? 0 : 1
}

function print(control: ControlReport, { figures, readyMs, violations, ...report }: ProductReport): void {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const lost = (tries: ControlReport['normal']) => tries.map((each) => `${each.lost} of ${each.acked}`).join(', ')
  const rows: readonly (readonly [string, string])[] = [
    ['seed', `${report.seed}, ${seconds(report.durationMs)}`],
    ['cuts', `${report.cuts}; ready again p50 ${seconds(readyMs.p50)}, max ${seconds(readyMs.max)}`],
    ['events acked', String(figures.acked)],
    ['given up by sender', `${figures.abandoned}, of which ${figures.abandonedButStored} were stored all the same`],
    ['in the log', `${figures.stored} events and ${figures.storedAgain} repeats of them`],
    ['at the destination', `${figures.handled} events and ${figures.handledAgain} repeats of them`],
    ['violations', String(violations.length)],
    ['control, NORMAL', `lost ${lost(control.normal)} rows`],
    ['control, FULL', `lost ${lost(control.full)} rows`],
    ['the cut is one', control.isSound ? 'yes: NORMAL lost, FULL did not' : 'NO: this test proves nothing here'],
  ]
  for (const [name, value] of rows) console.log(`${name.padEnd(20)}${value}`)
  for (const { kind, message } of violations.slice(0, VIOLATIONS_SHOWN)) console.log(`violation: ${kind}: ${message}`)
}
