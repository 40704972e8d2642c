/** A process of a test that holds a data directory until it is killed. Says so, or the exit code of the gate. */
import { holdDataDirectory } from './data-directory.ts'
import { GateError } from './gates.ts'

try {
  holdDataDirectory({ path: process.argv[2] ?? '', networkFilesystemAllowed: true })
  process.stdout.write('held\n')
  setInterval(() => {}, 60_000)
} catch (error) {
  process.stdout.write(`${error instanceof GateError ? error.exitCode : error}\n`)
}
