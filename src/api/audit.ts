/** What was changed, by whom and from where: in Segment's shape, as a file, and whether the chain of rows is whole. */
import { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import type { AuditEvent } from '../workspace/index.ts'
import * as answers from './answers/audit.ts'
import { toCsv } from './csv.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { PAGE_COUNT_MAX } from './pages.ts'
import { ApiError } from './problems.ts'

const time = (description: string) => Type.Optional(Type.String({ maxLength: 40, description }))
const Query = Type.Object(
  {
    startTime: time('In ISO 8601: changes at or after it.'),
    endTime: time('In ISO 8601: changes before it.'),
    resourceId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Of what was changed.' })),
    resourceType: Type.Optional(Type.String({ minLength: 1, maxLength: 50, description: 'Such as `SOURCE`.' })),
    'pagination.count': Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
    'pagination.cursor': Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
)
const Export = Type.Object(
  { format: Type.Enum(['csv', 'ndjson'], { description: 'How the file is written.' }) },
  { additionalProperties: false },
)

const COLUMNS = [
  'seq',
  'id',
  'timestamp',
  'type',
  'actorKind',
  'actor',
  'actorName',
  'address',
  'resourceType',
  'resourceId',
  'resourceName',
  'before',
  'after',
  'hash',
]

export const auditRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof Query> }>(
    '/audit-events',
    { onRequest: guard('audit:read'), config: answers.listAuditEvents, schema: { querystring: Query } },
    async ({ query }) => {
      const count = Number(query['pagination.count'] ?? PAGE_COUNT_MAX)
      if (count < 1 || count > PAGE_COUNT_MAX) throw unfit('pagination.count', `must be from 1 to ${PAGE_COUNT_MAX}`)
      const cursor = query['pagination.cursor']
      const fromSeq = cursor === undefined ? undefined : seqOf(cursor)
      const rows = await deps.audit.list({
        limit: count + 1,
        ...given('fromSeq', fromSeq),
        ...given('startMs', timeOf(query.startTime, 'startTime')),
        ...given('endMs', timeOf(query.endTime, 'endTime')),
        ...given('resourceId', query.resourceId),
        ...given('resourceType', query.resourceType),
      })
      const page = rows.slice(0, count)
      const [first, following] = [page[0], rows[count]]
      // Rows come all the time, at the front: pages are named by rows, so that nothing is shown twice or left out.
      const current = cursor ?? (first === undefined ? '' : cursorOf(first.seq))
      const next = following === undefined ? {} : { next: cursorOf(following.seq) }
      return { data: { events: page.map(toEvent), pagination: { current, ...next } } }
    },
  )

  app.get<{ Querystring: Static<typeof Export> }>(
    '/audit-events/export',
    { onRequest: guard('audit:read'), config: answers.exportAuditEvents, schema: { querystring: Export } },
    async ({ query: { format } }, reply) =>
      reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .send(Readable.from(pagesOf(deps, format))),
  )

  app.get(
    '/audit-events/verification',
    { onRequest: guard('audit:read'), config: answers.verifyAuditEvents },
    async () => ({
      data: { verification: await deps.audit.verify() },
    }),
  )
}

/** Oldest first. */
async function* pagesOf({ audit, clock }: ApiDeps, format: 'csv' | 'ndjson'): AsyncGenerator<string> {
  if (format === 'csv') yield toCsv([COLUMNS])
  for (let page = await audit.after(0); page.length > 0; page = await audit.after(page.at(-1)?.seq ?? 0)) {
    await clock.turn()
    yield format === 'csv' ? toCsv(page.map(toRow)) : page.map((event) => `${JSON.stringify(toLine(event))}\n`).join('')
  }
}

function toEvent(event: AuditEvent): answers.AuditEvent {
  const { id, atMs, actor, type, resourceId, resourceType, resourceName, before, after } = event
  return {
    id,
    timestamp: new Date(atMs).toISOString(),
    type,
    actor: actor.id,
    ...(actor.kind === 'user' ? { actorEmail: actor.name } : {}),
    actorKind: actor.kind,
    actorName: actor.name,
    address: actor.address,
    resourceId,
    resourceType,
    resourceName,
    before,
    after,
  }
}

const toLine = (event: AuditEvent) => ({ seq: event.seq, ...toEvent(event), hash: event.hash })

function toRow(event: AuditEvent): (string | number)[] {
  const line: Record<string, unknown> = toLine(event)
  return COLUMNS.map((column) => {
    const value = line[column]
    if (value === null || value === undefined) return ''
    return typeof value === 'object' ? JSON.stringify(value) : (value as string | number)
  })
}

const given = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }

function timeOf(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined
  const timeMs = Date.parse(text)
  if (Number.isNaN(timeMs)) throw unfit(field, 'must be a time in ISO 8601')
  return timeMs
}

const cursorOf = (seq: number) => Buffer.from(String(seq)).toString('base64')

function seqOf(cursor: string): number {
  const seq = Number(Buffer.from(cursor, 'base64').toString() || Number.NaN)
  if (!Number.isSafeInteger(seq) || seq < 0) throw unfit('pagination.cursor', 'is not one of this list')
  return seq
}

function unfit(field: string, message: string): ApiError {
  return new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])
}
