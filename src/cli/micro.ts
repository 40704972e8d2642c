import { readFileSync } from 'node:fs'
import { segmentCatalogDirectory, startMicro } from '../app/index.ts'
import { CliError, EXIT, print, printJson } from './output.ts'

/** The Tracking API in memory, for the tests of other people's programs. */
export async function microCommand(options: {
  port: string
  host: string
  config?: string
  json?: boolean
}): Promise<void> {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CliError(`${options.port} is not a port`, 'Use 0 to 65535.', EXIT.usage)
  }
  const segmentCatalog = segmentCatalogDirectory({
    GRAPEVINE_DATA: process.env['GRAPEVINE_DATA'] ?? './data',
    GRAPEVINE_SEGMENT_CATALOG: process.env['GRAPEVINE_SEGMENT_CATALOG'],
  })
  const file = options.config === undefined ? undefined : read(options.config)
  const ownDestinations = process.env['GRAPEVINE_DESTINATIONS']
  const given = { host: options.host, port, file, segmentCatalog, ownDestinations }
  const micro = await startMicro(given).catch((error: unknown) => {
    if (Object(error).name !== 'MicroConfigError') throw error
    const where = options.config === undefined ? '' : `${options.config}:\n`
    throw new CliError(`${where}${Object(error).message}`, 'Correct it: see docs/micro.md.', EXIT.usage)
  })
  const { url, writeKey } = micro
  if (options.json === true) printJson({ url, writeKey })
  else print(`Send to ${url} with the write key ${writeKey}, and look at ${url}/micro/all`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await micro[Symbol.asyncDispose]()
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CliError(
      `${file} cannot be read: ${Object(error).message}`,
      'It holds JSON: see docs/micro.md.',
      EXIT.usage,
    )
  }
}
