import type { Alert } from '../api/index.ts'
import { EXIT, print, printJson, table } from './output.ts'
import { findServer, type ServerHandle, type ServerOptions } from './server.ts'

interface Status {
  readonly log: { readonly start: number; readonly end: number; readonly processed: number; readonly behind: number }
  readonly conservation: {
    readonly holds: boolean
    readonly lines: readonly {
      readonly id: string
      readonly equation: string
      readonly left: number
      readonly right: number
      readonly parts: Readonly<Record<string, number>>
      readonly holds: boolean
    }[]
  }
  readonly destinations: readonly {
    readonly id: string
    readonly number: number
    readonly name: string
    readonly enabled: boolean
    readonly requestsPerSecondMax: number | null
  }[]
  readonly warnings: readonly string[]
  readonly egressAllow: readonly string[]
}

/** What came of testing one destination's settings now, or why it could not be tested. */
interface Tested {
  readonly id: string
  readonly name: string
  /** Null when the test could not be run. */
  readonly isValid: boolean | null
  readonly message: string
  readonly warnings: readonly string[]
}

const TOTAL: Readonly<Record<string, string>> = { source: 'received', routing: 'accepted', deliveries: 'deliveries' }

/** Asks the server whether everything adds up. Exit code 1 when something needs a person. */
export async function doctorCommand(options: ServerOptions & { json?: boolean }): Promise<void> {
  const server = findServer(options)
  const status = (await server.call('GET', '/api/status')) as unknown as Status
  const { alerts } = (await server.call('GET', '/api/alerts')) as unknown as { alerts: readonly Alert[] }
  const tested = await Promise.all(
    status.destinations.filter(({ enabled }) => enabled).map((each) => test(server, each)),
  )
  const isRefused = tested.some(({ isValid }) => isValid === false)
  if (!status.conservation.holds || alerts.length > 0 || isRefused) process.exitCode = EXIT.failed
  if (options.json === true) return printJson({ ...status, alerts, tests: tested })
  const nameOf = new Map(status.destinations.map((each) => [String(each.number), `${each.name} (${each.id})`]))
  print(`Log: positions ${status.log.start} to ${status.log.end}, worked through to ${status.log.processed}`)
  print('')
  print(
    table(
      ['adds up', 'where', 'equation'],
      status.conservation.lines.map(({ id, equation, left, parts, holds }) => [
        holds ? 'yes' : 'NO',
        equation === 'source' ? `source ${id}` : (nameOf.get(id) ?? `destination ${id}`),
        `${TOTAL[equation]} ${left} = ${Object.entries(parts)
          .map(([name, value]) => `${name} ${value}`)
          .join(' + ')}`,
      ]),
    ),
  )
  print('')
  for (const { destinations, since, message, detail, nextStep } of alerts) {
    const about = destinations.map(({ name, id }) => `${name} (${id})`).join(', ')
    print(`${about || 'Server'}, since ${since}: ${message}${detail === null ? '' : ` ${detail}`}`)
    print(`  ${nextStep}`)
  }
  for (const { name, id, requestsPerSecondMax } of status.destinations) {
    if (requestsPerSecondMax === null) continue
    print(`${name} (${id}) asked for fewer requests: it gets ${requestsPerSecondMax.toPrecision(2)} a second at most.`)
  }
  for (const { name, id, isValid, message, warnings } of tested) {
    const result = isValid === null ? 'settings not tested' : isValid ? 'settings tested' : 'SETTINGS FAIL'
    print(`${name} (${id}): ${result}: ${message}`)
    for (const warning of warnings) print(`  Warning: ${warning}`)
  }
  for (const warning of status.warnings) print(`Warning: ${warning.replaceAll('_', ' ')}`)
  print(`Private addresses that destinations may be at: ${status.egressAllow.join(', ') || 'none'}`)
  print(status.conservation.holds ? 'Everything adds up.' : 'The counts do not add up: please report this.')
}

/** A token that may only read cannot have requests made. */
async function test(server: ServerHandle, { id, name }: { id: string; name: string }): Promise<Tested> {
  try {
    const { check } = (await server.call('POST', `/api/destinations/${id}/test`)) as unknown as { check: Tested }
    return { ...check, id, name }
  } catch (error) {
    return { id, name, isValid: null, message: error instanceof Error ? error.message : String(error), warnings: [] }
  }
}
