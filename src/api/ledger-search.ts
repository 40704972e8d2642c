/**
 * Reads the ledger newest first until a page is full. What a statement looks at is bounded by a window of positions, and
 * between two of them others have the thread: a search that finds little must not hold up ingest.
 */
import type { NormalisedEvent } from '../spec/index.ts'
import type { DeliveryId, LedgerQuery, LedgerRow } from '../state/index.ts'
import type { ApiDeps } from './deps.ts'

export interface LedgerSearch {
  readonly query: Omit<LedgerQuery, 'limit' | 'before' | 'fromPosition' | 'position'>
  /** Those positions only. */
  readonly positions?: readonly number[]
  /** Numbers of the instances of one source. */
  readonly instances?: ReadonlySet<number>
  /** Of those that the query finds. */
  readonly isRowWanted?: (row: LedgerRow) => boolean
  /** What the event must be like; absent where it need not be read. */
  readonly isWanted?: (event: NormalisedEvent) => boolean
}

export interface LedgerPage {
  readonly rows: readonly LedgerRow[]
  /** Where the next page begins; null when there is none. */
  readonly next: DeliveryId | null
}

/** Positions of one window, at first and when little is found. */
const WINDOW_MIN = 20_000
const WINDOW_MAX = 1_000_000
const PAGE = 500
/** Statements of one search; then it answers what it has, and where to go on. */
const STATEMENTS_MAX = 100

type SearchDeps = Pick<ApiDeps, 'state' | 'log' | 'clock'>

export async function searchLedger(
  deps: SearchDeps,
  search: LedgerSearch,
  options: { readonly before: DeliveryId | undefined; readonly count: number },
): Promise<LedgerPage> {
  const { before, count } = options
  const rows: LedgerRow[] = []
  const keep = async (found: readonly LedgerRow[]) => {
    for (const row of found) {
      if (!(await isFound(deps, search, row))) continue
      if (rows.length === count) return false
      rows.push(row)
    }
    return true
  }
  const full = () => ({ rows, next: idOf(rows.at(-1) as LedgerRow) })
  if (search.positions !== undefined) {
    const older = search.positions.filter((each) => before === undefined || each <= before.position)
    for (const position of older.toSorted((a, b) => b - a)) {
      const at = { ...search.query, position, ...(before === undefined ? {} : { before }) }
      if (!(await keep(await deps.state.ledger({ ...at, limit: PAGE })))) return full()
    }
    return { rows, next: null }
  }
  const { instances, isRowWanted, isWanted } = search
  const isEveryRowWanted = [instances, isRowWanted, isWanted].every((each) => each === undefined)
  let window = WINDOW_MIN
  let cursor = before ?? { position: deps.log.reader.end() + 1, route: 0 }
  let fromPosition = Math.max(0, cursor.position - window)
  for (let statements = 0; statements < STATEMENTS_MAX; statements += 1) {
    const limit = isEveryRowWanted ? Math.min(PAGE, count - rows.length + 1) : PAGE
    const found = await deps.state.ledger({ ...search.query, before: cursor, fromPosition, limit })
    if (!(await keep(found))) return full()
    const last = found.at(-1)
    if (found.length === limit && last !== undefined) cursor = idOf(last)
    else if (fromPosition === 0) return { rows, next: null }
    else {
      cursor = { position: fromPosition, route: Number.MIN_SAFE_INTEGER }
      window = Math.min(WINDOW_MAX, window * 2)
      fromPosition = Math.max(0, fromPosition - window)
    }
    await deps.clock.turn()
  }
  return { rows, next: cursor }
}

async function isFound(
  deps: SearchDeps,
  { instances, isRowWanted, isWanted }: LedgerSearch,
  row: LedgerRow,
): Promise<boolean> {
  if (instances?.has(row.instance) === false) return false
  if (isRowWanted?.(row) === false) return false
  if (isWanted === undefined) return true
  const event = await eventOf(deps, row)
  return event !== undefined && isWanted(event)
}

/** From the log, else from what is kept of a dead letter. An erasure has none. */
export async function eventOf(
  { log, state }: Pick<SearchDeps, 'log' | 'state'>,
  row: DeliveryId,
): Promise<NormalisedEvent | undefined> {
  if (row.route < 0) return undefined
  const body = log.reader.get(row.position)?.body ?? (await state.detail(row))?.body
  if (body == null) return undefined
  return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString())
}

const idOf = ({ position, route }: DeliveryId): DeliveryId => ({ position, route })

export function encodeCursor({ position, route }: DeliveryId): string {
  return Buffer.from(`${position}.${route}`).toString('base64url')
}

/** Null for a text that is no cursor. */
export function decodeCursor(text: string): DeliveryId | null {
  const match = /^(\d{1,16})\.(-?\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString())
  return match === null ? null : { position: Number(match[1]), route: Number(match[2]) }
}
