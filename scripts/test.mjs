// `npm test`: type check, lint, then all tests. Each part prints its own result; the last line adds them up.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const report = join(tmpdir(), `grapevine-tests-${process.pid}.json`)
const startedMs = performance.now()

function run(title, command, ...args) {
  console.log(`\n── ${title}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0
}

const checks = [
  ['type check', run('type check', 'tsc')],
  ['type check of the console', run('type check of the console', 'tsc', '-p', 'console')],
  ['lint and format', run('lint and format', 'biome', 'check', '--error-on-warnings', '.')],
]
const passed = run(
  'tests',
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
)

let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] }
try {
  counts = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  console.log('The tests left no report.')
}
rmSync(report, { force: true })

const notRun = counts.testResults.flatMap((file) =>
  file.assertionResults
    .filter((test) => test.status === 'pending' || test.status === 'skipped')
    .map((test) => test.fullName),
)
console.log(`\n${Math.round((performance.now() - startedMs) / 1_000)} s in all`)
for (const [title, isGreen] of checks) console.log(`${isGreen ? 'ok    ' : 'FAILED'} ${title}`)
if (notRun.length > 0) {
  console.log(`not run (the name says why): ${notRun.length}`)
  for (const name of new Set(notRun.map((each) => each.slice(0, 140)))) console.log(`  ${name}`)
}
const failedChecks = checks.filter(([, isGreen]) => !isGreen).length
console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests + failedChecks} failed, ${notRun.length} skipped`)
process.exit(passed && failedChecks === 0 && counts.numPassedTests > 0 ? 0 : 1)
