/**
 * Identifies of many persons as one job: a CSV file, and a batch that fires an event for each of its rows. `extole.md` 10.
 *
 * Extole tells how many rows it took and not which, so a job either took all of its rows or counts for nothing: the events
 * are then sent one by one, which is harmless because an identify says the same however often it is said.
 */
import { hash } from 'node:crypto'
import type { RequestClient } from '@segment/actions-core'
import { stringify } from 'csv-stringify/sync'
import type { BatchEnd, BatchExtras } from '../batch.ts'
import { objectIn } from './answers.ts'
import { type ExtoleEvent, type IdentifyPayload, identifyEvent } from './event.ts'
import type { ExtoleSettings } from './settings.ts'

/** Rows of one file. Extole names no limit. */
export const BULK_ROWS_MAX = 10_000
/** Milliseconds for one job, from the upload to its last state. */
export const BULK_MS_MAX = 600_000
/** Between two looks at a job's state, in milliseconds: at first, and at most. */
const LOOK_MS = { first: 250, max: 5_000 }
/** States in which a job stays. */
const LAST_STATES: ReadonlySet<unknown> = new Set(['DONE', 'FAILED', 'CANCELED', 'EXPIRED'])

interface Row {
  readonly index: number
  readonly cells: Readonly<Record<string, string>>
}

/** An end for each payload, in the order given. Refusals and failures of the job are no errors: see above. */
export async function identifyInBulk(
  request: RequestClient,
  settings: ExtoleSettings,
  payloads: readonly IdentifyPayload[],
  { wait }: BatchExtras,
): Promise<readonly BatchEnd[]> {
  const ends: BatchEnd[] = payloads.map(() => 'alone')
  for (const rows of rowsByColumns(payloads.map((payload) => identifyEvent(payload, settings)))) {
    if (rows.length < settings.bulkThreshold) continue
    const isDone = await runJob(request, settings, rows, wait).catch(() => false)
    if (isDone) for (const { index } of rows) ends[index] = 'delivered'
  }
  return ends
}

/** Rows of the events that a file can say, those with the same columns together: an empty cell would say something too. */
export function rowsByColumns(events: readonly ExtoleEvent[]): Row[][] {
  const rows = events.flatMap((event, index): Row[] => {
    const cells = cellsOf(event)
    return cells === null ? [] : [{ index, cells }]
  })
  return [...Map.groupBy(rows, ({ cells }) => JSON.stringify(Object.keys(cells).toSorted())).values()]
}

/**
 * Null where a cell cannot say what the event says: nothing, lists, objects, and text that reads as JSON, since Extole
 * reads such a cell as the value (10.3). Ids are text to Extole whatever they look like.
 */
function cellsOf({ event_time, data }: ExtoleEvent): Record<string, string> | null {
  if (typeof data['partner_user_id'] !== 'string') return null
  const cells: Record<string, string> = {}
  if (event_time !== undefined) cells['event_time'] = String(event_time)
  for (const [name, value] of Object.entries(data)) {
    const isId = name === 'partner_user_id' || name === 'email'
    if (name === 'event_time' || name === 'event_name' || name === '__proto__') return null
    if (typeof value === 'string' && value !== '' && (isId || !readsAsJson(value))) cells[name] = value
    else if (typeof value === 'number' || typeof value === 'boolean') cells[name] = String(value)
    else return null
  }
  return cells
}

function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** @returns whether every row was taken */
async function runJob(
  request: RequestClient,
  { apiBaseUrl, adminApiKey, container }: ExtoleSettings,
  rows: readonly Row[],
  wait: BatchExtras['wait'],
): Promise<boolean> {
  const columns = Object.keys(rows[0]?.cells ?? {})
  const csv = stringify(
    rows.map(({ cells }) => columns.map((column) => cells[column])),
    { header: true, columns, record_delimiter: '\n' },
  )
  const headers = {
    authorization: `Bearer ${adminApiKey}`,
    ...(container === null ? {} : { 'x-extole-container': container }),
  }
  // Extole refuses a name that it knows: a job that was given up is not made again.
  const name = `grapevine${hash('sha256', csv, 'hex').slice(0, 32)}`
  const upload = multipart(name, csv)
  const file = await request(`${apiBaseUrl}/v6/files`, {
    method: 'POST',
    headers: { ...headers, ...upload.headers },
    body: upload.body,
  })
  const created = await request(`${apiBaseUrl}/v6/batches`, {
    method: 'POST',
    headers,
    json: {
      name,
      event_name: 'identify',
      data_source: { type: 'FILE_ASSET', file_asset_id: objectIn(file.content)['id'] },
      event_columns: columns,
      columns: [{ type: 'FULL_NAME_MATCH', name: 'partner_user_id', validation_policy: 'REQUIRED_VALUE' }],
    },
  })
  const { id } = objectIn(created.content)
  for (let lookMs = LOOK_MS.first; ; lookMs = Math.min(lookMs * 2, LOOK_MS.max)) {
    await wait(lookMs)
    const job = objectIn(
      (await request(`${apiBaseUrl}/v6/batches/${encodeURIComponent(String(id))}`, { headers })).content,
    )
    if (!LAST_STATES.has(job['status'])) continue
    return job['status'] === 'DONE' && job['success_rows'] === rows.length && !job['failed_rows']
  }
}

/** The two parts that `extole.md` 10.1 recommends. */
function multipart(name: string, csv: string) {
  const boundary = `----${hash('sha256', csv, 'hex').slice(0, 40)}`
  const part = (disposition: string, type: string, content: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${type}\r\n\r\n${content}\r\n`
  const body =
    part('name="fileAssetMetadata"', 'application/json', JSON.stringify({ name, format: 'CSV' })) +
    part(`name="fileInputStreamRequest"; filename="${name}.csv"`, 'text/csv', csv)
  return {
    body: `${body}--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}
