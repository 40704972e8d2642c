import { SETTINGS, segmentCatalogDirectory } from '../app/index.ts'
import { type InstallStep, installSegmentCatalog, segmentCatalogStatus } from '../destinations/index.ts'
import { CliError, EXIT, print, printJson } from './output.ts'
import { findServer } from './server.ts'

interface CatalogOptions {
  readonly data?: string
  readonly json?: boolean
}

function directoryOf({ data }: CatalogOptions): string {
  return segmentCatalogDirectory({
    GRAPEVINE_DATA: data ?? process.env['GRAPEVINE_DATA'] ?? String(SETTINGS.GRAPEVINE_DATA.fallback),
    GRAPEVINE_SEGMENT_CATALOG: process.env['GRAPEVINE_SEGMENT_CATALOG'],
  })
}

const STEPS: Readonly<Record<InstallStep, string>> = {
  packages: 'Installing 184 packages with npm, install scripts off…',
  index: 'Reading what they offer…',
}

/** @throws InstallError */
export async function catalogInstallCommand(options: CatalogOptions): Promise<void> {
  const directory = directoryOf(options)
  const status = await installSegmentCatalog(directory, (step) => {
    // Standard error: with --json the output is one value.
    process.stderr.write(`${STEPS[step]}\n`)
  })
  const refreshed = await refresh(options)
  if (options.json === true) return printJson({ ...status, directory, server: refreshed })
  const count = status.state === 'installed' ? status.destinations : 0
  print(`${count} destinations of Segment are installed in ${directory}.`)
  if (refreshed !== null) print(`The server at ${refreshed} has read its catalog again.`)
  else print('A server that runs elsewhere sees them after POST /api/catalog/refresh, or when it is started again.')
}

/** Has the server that runs with this data directory, or that the environment names, read its catalog again. */
async function refresh({ data }: CatalogOptions): Promise<string | null> {
  try {
    const { url, call } = findServer(data === undefined ? {} : { data })
    await call('POST', '/api/catalog/refresh')
    return url
  } catch (error) {
    // The installation stands, and whatever server starts next sees it.
    if (error instanceof CliError) return null
    throw error
  }
}

export async function catalogStatusCommand(options: CatalogOptions): Promise<void> {
  const directory = directoryOf(options)
  const status = segmentCatalogStatus(directory)
  if (status.state !== 'installed') process.exitCode = EXIT.failed
  if (options.json === true) return printJson({ ...status, directory })
  const sentence = {
    absent: "Segment's own destinations are not installed",
    outdated: "Segment's own destinations were installed by another version and are not used",
    installed: `${status.state === 'installed' ? status.destinations : 0} destinations of Segment are installed`,
  }[status.state]
  print(`${sentence} (${directory}).`)
  if (status.state !== 'installed') print('Run `grapevine catalog install`.')
}
