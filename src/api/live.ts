/**
 * The live stream: every record of the log as it becomes durable, as server-sent events. The log itself is the buffer:
 * who reads slowly gets everything later, keeps no more than a page in memory, and holds nobody up.
 */
import type { ServerResponse } from 'node:http'
import { type Static, Type } from 'typebox'
import type { StoredRecord } from '../log/index.ts'
import type { Routes } from './deps.ts'

/** Records read at once. */
const PAGE_RECORDS = 200

const Position = Type.String({ pattern: '^[0-9]{1,16}$' })
const Query = Type.Object(
  {
    sourceId: Type.Optional(Type.String({ maxLength: 255 })),
    /** A userId or anonymousId. */
    user: Type.Optional(Type.String({ maxLength: 500 })),
    /** Name of a track, page or screen, or the type of any event. */
    event: Type.Optional(Type.String({ maxLength: 500 })),
    outcome: Type.Optional(Type.Union([Type.Literal('accepted'), Type.Literal('rejected')])),
    after: Type.Optional(Position),
  },
  { additionalProperties: false },
)
type Filter = Static<typeof Query>

export const liveRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Filter }>(
    '/live',
    { onRequest: guard('pii:read'), schema: { querystring: Query } },
    async (request, reply) => {
      const { reader } = deps.log
      // Browsers and tail send it when they come back after a break.
      const last = request.headers['last-event-id']
      const from = typeof last === 'string' && /^[0-9]{1,16}$/.test(last) ? last : request.query.after
      let position = from === undefined ? reader.end() : Number(from)
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      raw.write(': grapevine\n\n')
      let isSending = false
      const send = async () => {
        if (isSending) return
        isSending = true
        while (!raw.destroyed) {
          const records = reader.read(position, PAGE_RECORDS)
          if (records.length === 0) break
          let page = ''
          for (const record of records) {
            position = record.position
            if (isWanted(record, request.query)) page += toMessage(record)
          }
          // A long way through the log must not hold up ingest, which has the same thread.
          if (page === '' || raw.write(page)) await deps.clock.turn()
          else await drained(raw)
        }
        isSending = false
      }
      const start = () => {
        send().catch((error: unknown) => {
          deps.logger.error('a live stream was ended', { error: String(error) })
          raw.destroy()
        })
      }
      const stop = deps.watchLog(start)
      raw.on('close', stop)
      start()
      return reply
    },
  )
}

/** Resolves when more can be written, or nobody reads any more. */
function drained(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.on('drain', done)
    raw.on('close', done)
  })
}

/** What a rejected record brought is known by reason only: a filter by user or event leaves it out. */
function isWanted({ kind, sourceId, body }: StoredRecord, filter: Filter): boolean {
  const { user, event, outcome } = filter
  if (kind === 'command') return false
  if (filter.sourceId !== undefined && sourceId !== filter.sourceId) return false
  if (outcome !== undefined && (kind === 'rejected') !== (outcome === 'rejected')) return false
  if (user === undefined && event === undefined) return true
  if (kind === 'rejected') return false
  const content: Record<string, unknown> = JSON.parse(body)
  if (user !== undefined && content['userId'] !== user && content['anonymousId'] !== user) return false
  return event === undefined || [content['event'], content['name'], content['type']].includes(event)
}

function toMessage({ position, kind, sourceId, body }: StoredRecord): string {
  return `id: ${position}\nevent: ${kind}\ndata: {"position":${position},"sourceId":${JSON.stringify(sourceId)},"record":${body}}\n\n`
}
