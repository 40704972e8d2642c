import { startExtoleSandbox } from '../extole/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import { CliError, EXIT, print, printJson } from './output.ts'

/** A sandbox of its own, for tests and for other people's programs. */
export async function sandboxCommand(options: {
  port: string
  host: string
  file?: string
  conformance?: boolean
  json?: boolean
}): Promise<void> {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CliError(`${options.port} is not a port`, 'Use 0 to 65535.', EXIT.usage)
  }
  const sandbox = await startExtoleSandbox({
    host: options.host,
    port,
    file: options.file ?? ':memory:',
    clock: systemClock,
    random: systemRandom,
    conformance: options.conformance === true,
  })
  const { url, adminToken, fixtures } = sandbox
  if (options.json === true) printJson(fixtures ?? { url, adminToken })
  else print(`The Extole sandbox serves at ${url}\nAPI key: ${adminToken}`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await sandbox.close()
}
