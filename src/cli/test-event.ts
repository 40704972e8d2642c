import { readFileSync } from 'node:fs'
import type { TriedDestination } from '../connections/index.ts'
import { CliError, EXIT, print, printable, printJson } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

export interface TestEventOptions extends ServerOptions {
  readonly json?: boolean
  readonly source?: string
  readonly destination?: string
  readonly send?: boolean
}

/** Tells what would become of an event at each destination, and sends it there if asked to. */
export async function testEventCommand(event: string, options: TestEventOptions): Promise<void> {
  const server = findServer(options)
  const source = options.source ?? server.quickstart?.sources[0]?.id
  if (source === undefined && options.destination === undefined) {
    throw new CliError('no source', 'Pass the id of a source with --source, or --destination.', EXIT.usage)
  }
  const path =
    options.destination === undefined
      ? `/api/sources/${encodeURIComponent(source ?? '')}/test-event`
      : `/api/destinations/${encodeURIComponent(options.destination)}/test-event`
  const data = await server.call('POST', path, { event: parse(event), send: options.send === true })
  const { destinations } = data as unknown as { destinations: readonly TriedDestination[] }
  if (options.json === true) return printJson(data)
  if (destinations.length === 0) print('No destination is connected to its source.')
  for (const destination of destinations) print(sentences(destination).map(printable).join('\n'))
}

function sentences({ name, filtered, why, mappings }: TriedDestination): string[] {
  if (filtered !== null) return [`${name}: filtered, ${filtered}. ${why}`]
  return mappings.flatMap((mapping) => {
    const lines = [`${name} / ${mapping.name}${mapping.problem === null ? '' : `: ${mapping.problem}`}`]
    const { request, answer } = mapping
    if (request !== null) lines.push(`  ${request.method} ${request.url}`)
    if (request !== null && request.body !== null) lines.push(`    ${request.body}`)
    if (answer !== null) lines.push(`  answer: ${JSON.stringify(answer)}`)
    return lines
  })
}

/** JSON, or `@` and the name of a file that holds it. */
function parse(text: string): unknown {
  const usage = `Write it like '{"type":"track","event":"Order Completed","userId":"u1"}', or @file.json.`
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text)
  } catch (error) {
    throw new CliError(`the event cannot be read: ${Object(error).message}`, usage, EXIT.usage)
  }
}
