/**
 * Hostile requests against the Tracking API: `node e2e/fuzz/main.ts --requests 100000 [--seed 1] [--concurrency 16]`.
 * Prints the seed and the figures, and ends with code 1 when a promise was broken.
 */
import { parseArgs } from 'node:util'
import { FuzzServer, fuzz } from './fuzz.ts'

/** Most that memory may grow between the first tenth of a run and its end. */
const RSS_GROWTH_BYTES_MAX = 128 * 1024 ** 2

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    concurrency: { type: 'string', default: '16' },
  },
})

await using server = await FuzzServer.start()
let printed = 0
const report = await fuzz(server, {
  requests: Number(values.requests),
  seed: Number(values.seed),
  concurrency: Number(values.concurrency),
  onProgress: (done) => {
    if (done - printed < 10_000) return
    printed = done
    console.log(`${done} requests`)
  },
})
const growthMiB = report.rssGrowthBytes / 1024 ** 2
console.log(`seed ${report.seed}: ${report.requests} requests in ${(report.durationMs / 1_000).toFixed(1)} s`)
console.log(`answers: ${[...report.answers].map(([status, count]) => `${status} x ${count}`).join(', ')}`)
console.log(`memory: ${growthMiB.toFixed(1)} MiB more than after the first tenth`)
for (const violation of report.violations) console.log(`violation: ${violation}`)
const isGrowing = report.rssGrowthBytes > RSS_GROWTH_BYTES_MAX
if (isGrowing) console.log('violation: memory grows')
console.log(report.violations.length === 0 && !isGrowing ? 'no violation' : 'FAILED')
process.exitCode = report.violations.length === 0 && !isGrowing ? 0 : 1
