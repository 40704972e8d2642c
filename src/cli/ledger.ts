import { CliError, EXIT, print, printJson, table } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

export interface LedgerOptions extends ServerOptions {
  readonly json?: boolean
  readonly limit: string
  readonly destination?: string
  readonly source?: string
  readonly userId?: string
  readonly anonymousId?: string
  readonly email?: string
  readonly messageId?: string
  readonly event?: string
  readonly type?: string
  readonly state?: string
  readonly reason?: string
  readonly replay?: string
  readonly from?: string
  readonly to?: string
}

interface Delivery {
  readonly id: string
  readonly destinationId: string | null
  readonly state: string
  readonly attempts: number
  readonly status: number | null
  readonly reason: string | null
  readonly endedAt: string | null
}

interface Page {
  readonly deliveries: readonly Delivery[]
  readonly pagination: { readonly next?: string }
}

const PAGE_MAX = 1_000

/** Searches the ledger, as many pages as it takes. */
export async function ledgerCommand(options: LedgerOptions): Promise<void> {
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1) throw new CliError('--limit must be a number from 1', '', EXIT.usage)
  const server = findServer(options)
  const { destination, source, replay, userId, anonymousId, email, messageId, event, type, state } = options
  const { reason, from, to } = options
  const ids = { destinationId: destination, sourceId: source, replayId: replay, userId, anonymousId, messageId }
  const asked = Object.entries({ ...ids, email, event, type, state, reason, from, to })
  const found: Delivery[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams(asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
    query.set('pagination.count', String(Math.min(PAGE_MAX, limit - found.length)))
    if (cursor !== undefined) query.set('pagination.cursor', cursor)
    const page = (await server.call('GET', `/api/ledger?${query}`)) as unknown as Page
    found.push(...page.deliveries)
    cursor = page.pagination.next
  } while (cursor !== undefined && found.length < limit)
  if (options.json === true) return printJson(found)
  if (found.length === 0) return print('Nothing was found.')
  const rows = found.map((each) => [
    each.id,
    each.state,
    String(each.attempts),
    each.status === null ? '' : String(each.status),
    each.reason ?? '',
    each.endedAt ?? '',
    each.destinationId ?? 'deleted',
  ])
  print(table(['id', 'state', 'attempts', 'status', 'reason', 'ended', 'destination'], rows))
  if (cursor !== undefined) print(`There may be more: raise --limit, or narrow the search.`)
}
