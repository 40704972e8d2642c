/**
 * Identifies of many persons as one job: a CSV file, and a batch that fires an event for each of its rows. `extole.md` 10.
 *
 * Extole tells how many rows it took and not which, so a job either took all of its rows or counts for nothing, and its
 * events are sent one by one. That may only begin when the job has come to an end: a row of a job that still runs would be
 * written over what its person said since. Where the end cannot be seen (no answer, too long, a killed process),
 * `settleJobs` makes one before anything else is sent to the account.
 */
import { hash } from 'node:crypto'
import type { RequestClient } from '@segment/actions-core'
import { stringify } from 'csv-stringify/sync'
import type { BatchEnd, BatchExtras } from '../batch.ts'
import type { Wait } from '../definition.ts'
import { objectIn } from './answers.ts'
import { type ExtoleEvent, type IdentifyPayload, identifyEvent } from './event.ts'
import type { ExtoleSettings } from './settings.ts'

/** Rows of one file. Extole names no limit. */
export const BULK_ROWS_MAX = 10_000
/** Milliseconds for one job, from the upload to its last state. */
export const BULK_MS_MAX = 600_000
/** Between two looks at a job's state, in milliseconds: at first, and at most. */
const LOOK_MS = { first: 100, max: 5_000 }
/** States in which a job stays. */
const LAST_STATES: ReadonlySet<unknown> = new Set(['DONE', 'FAILED', 'CANCELED', 'EXPIRED'])
/** Names of our jobs begin so. Extole wants names of letters and digits. */
const NAME_PREFIX = 'grapevine'
/** Of an account's newest jobs, so many are looked through for ours: more may not fit into an answer that is read. */
const JOBS_LISTED_MAX = 25

interface Row {
  readonly index: number
  readonly cells: Readonly<Record<string, string>>
}

/** A job may be running, or may have been made. Counts as a server that cannot tell. */
class UnclearJob extends Error {
  readonly status = 503
}

/**
 * An end for each payload, in the order given. A job that ended without taking every row is no error: its events go one by
 * one. Rejects when a job may still be running.
 */
export async function identifyInBulk(
  request: RequestClient,
  settings: ExtoleSettings,
  payloads: readonly IdentifyPayload[],
  { wait }: BatchExtras,
): Promise<readonly BatchEnd[]> {
  const ends: BatchEnd[] = payloads.map(() => 'alone')
  for (const rows of rowsByColumns(payloads.map((payload) => identifyEvent(payload, settings)))) {
    if (rows.length < settings.bulkThreshold) continue
    if (await runJob(request, settings, rows, wait)) for (const { index } of rows) ends[index] = 'delivered'
  }
  return ends
}

/**
 * Cancels what runs of our jobs and waits until nothing of them does. Jobs of another installation at the same account are
 * cancelled too, which sends their events one by one and loses none. A key that may not see jobs has made none.
 */
export async function settleJobs(request: RequestClient, settings: ExtoleSettings, wait: Wait): Promise<void> {
  const { apiBaseUrl } = settings
  const options = { headers: adminHeaders(settings), throwHttpErrors: false }
  for (let lookMs = LOOK_MS.first; ; lookMs = Math.min(lookMs * 2, LOOK_MS.max)) {
    const listed = await request(`${apiBaseUrl}/v6/batches?limit=${JOBS_LISTED_MAX}`, options)
    if ([401, 403, 404].includes(listed.status)) return
    const { data } = listed
    if (!listed.ok || !Array.isArray(data)) throw new UnclearJob('The jobs at Extole cannot be listed.')
    const running = data.map(Object).filter((job) => isOurs(job) && !LAST_STATES.has(job.status))
    if (running.length === 0) return
    for (const { id } of running)
      await request(`${apiBaseUrl}/v6/batches/${encodeURIComponent(String(id))}/cancel`, { ...options, method: 'POST' })
    await wait(lookMs)
  }
}

const isOurs = ({ name }: { name?: unknown }) => typeof name === 'string' && name.startsWith(NAME_PREFIX)

function adminHeaders({ adminApiKey, container }: ExtoleSettings): Record<string, string> {
  return {
    authorization: `Bearer ${adminApiKey}`,
    ...(container === null ? {} : { 'x-extole-container': container }),
  }
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

/** @returns whether every row was taken. Rejects with `UnclearJob` when the job may still be running. */
async function runJob(
  request: RequestClient,
  settings: ExtoleSettings,
  rows: readonly Row[],
  wait: Wait,
): Promise<boolean> {
  const { apiBaseUrl } = settings
  const columns = Object.keys(rows[0]?.cells ?? {})
  const csv = stringify(
    rows.map(({ cells }) => columns.map((column) => cells[column])),
    { header: true, columns, record_delimiter: '\n' },
  )
  const headers = adminHeaders(settings)
  // Extole refuses a name that it knows: a job that was given up is not made again.
  const name = NAME_PREFIX + hash('sha256', csv, 'hex').slice(0, 32)
  const upload = multipart(name, csv)
  const fileId = await request(`${apiBaseUrl}/v6/files`, {
    method: 'POST',
    headers: { ...headers, ...upload.headers },
    body: upload.body,
  }).then(
    ({ content }) => objectIn(content)['id'],
    () => undefined,
  )
  // A file alone does nothing.
  if (fileId === undefined) return false
  const created = await request(`${apiBaseUrl}/v6/batches`, {
    method: 'POST',
    headers,
    json: {
      name,
      event_name: 'identify',
      data_source: { type: 'FILE_ASSET', file_asset_id: fileId },
      event_columns: columns,
      columns: [{ type: 'FULL_NAME_MATCH', name: 'partner_user_id', validation_policy: 'REQUIRED_VALUE' }],
    },
    throwHttpErrors: false,
  })
  if (created.status >= 400 && created.status < 500 && created.status !== 408) return false
  const { id } = objectIn(created.content)
  if (!created.ok || id === undefined) throw new UnclearJob(`Extole answered ${created.status} to a new job.`)
  for (let lookMs = LOOK_MS.first; ; lookMs = Math.min(lookMs * 2, LOOK_MS.max)) {
    await wait(lookMs)
    const job = await look(request, `${apiBaseUrl}/v6/batches/${encodeURIComponent(String(id))}`, headers)
    if (!LAST_STATES.has(job['status'])) continue
    return job['status'] === 'DONE' && job['success_rows'] === rows.length && !job['failed_rows']
  }
}

/** A job's record, empty where Extole cannot tell just now. Rejects where asking again would not help. */
async function look(request: RequestClient, url: string, headers: Record<string, string>) {
  const seen = await request(url, { headers, throwHttpErrors: false }).catch(() => null)
  if (seen === null || seen.status >= 500 || seen.status === 408 || seen.status === 429) return {}
  if (!seen.ok) throw new UnclearJob(`Extole answered ${seen.status} to a look at a job.`)
  return objectIn(seen.content)
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
