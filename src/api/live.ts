/**
 * The live stream, as server-sent events: every record of the log as it becomes durable, and what becomes of it behind.
 * The log itself is the buffer of its records: who reads slowly gets all of them later, keeps no more than a page in
 * memory, and holds nobody up. Outcomes are told as they happen: who is too slow for them is told how many were left out.
 */
import type { ServerResponse } from 'node:http'
import { type Static, Type } from 'typebox'
import type { EventOutcome } from '../connections/index.ts'
import type { LogReader, StoredRecord } from '../log/index.ts'
import { endWhenRefused } from './accounts/end-when-refused.ts'
import { callerOf } from './actor.ts'
import { EVENT_OUTCOMES, type LiveOutcome } from './answers/live.ts'
import * as answers from './answers/status.ts'
import type { Routes } from './deps.ts'

/** Records read at once. */
const PAGE_RECORDS = 200

const Position = Type.String({ pattern: '^[0-9]{1,16}$', description: 'Position in the log to begin after.' })
const Query = Type.Object(
  {
    sourceId: Type.Optional(Type.String({ maxLength: 255, description: 'Of one source.' })),
    user: Type.Optional(Type.String({ maxLength: 500, description: 'A userId or anonymousId.' })),
    event: Type.Optional(
      Type.String({ maxLength: 500, description: 'Name of a track, page or screen, or the type of any event.' }),
    ),
    outcome: Type.Optional(
      Type.Enum(['accepted', 'rejected', ...EVENT_OUTCOMES], { description: 'What became of it.' }),
    ),
    destinationId: Type.Optional(Type.String({ maxLength: 255, description: 'Only what became of events there.' })),
    after: Type.Optional(Position),
  },
  { additionalProperties: false },
)
type Filter = Static<typeof Query>

export const liveRoutes: Routes = (app, deps, guard) => {
  const pageAfter = sharedPages(deps.log.reader)
  app.get<{ Querystring: Filter }>(
    '/live',
    { onRequest: guard('pii:read'), config: answers.watchEvents, schema: { querystring: Query } },
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
      if (from === undefined) raw.write(toOpened(position))
      endWhenRefused(raw, callerOf(request), deps)
      let isSending = false
      const send = async () => {
        if (isSending) return
        isSending = true
        while (!raw.destroyed) {
          const records = pageAfter(position)
          if (records.length === 0) break
          let page = ''
          for (const { record, message } of records) {
            position = record.position
            if (isWanted(record, request.query)) page += message
          }
          // A long way through the log must not hold up ingest, which has the same thread.
          if (page === '' || raw.write(page)) await deps.clock.turn()
          else await drained(raw)
        }
        isSending = false
      }
      let leftOut = 0
      const onOutcomes = (told: readonly EventOutcome[], more: number) => {
        const wanted = told.filter((each) => isOutcomeWanted(each, request.query))
        leftOut += more
        if (raw.writableNeedDrain) leftOut += wanted.length
        else if (wanted.length > 0 || leftOut > 0) {
          raw.write(wanted.reduce((page, each) => page + toOutcome(each), leftOut > 0 ? toLeftOut(leftOut) : ''))
          leftOut = 0
        }
      }
      // Also to who reads again and meets nothing new.
      raw.on('drain', () => onOutcomes([], 0))
      const start = () => {
        send().catch((error: unknown) => {
          deps.logger.error('a live stream was ended', { error: String(error) })
          raw.destroy()
        })
      }
      const { outcome, destinationId } = request.query
      const isOfLog = outcome === undefined || outcome === 'accepted' || outcome === 'rejected'
      if (isOfLog && destinationId === undefined) {
        raw.on('close', deps.watchLog(start))
        start()
      }
      if (outcome === undefined || !isOfLog) raw.on('close', deps.watchOutcomes(onOutcomes))
      return reply
    },
  )
}

interface LiveRecord {
  readonly record: StoredRecord
  readonly message: string
}

/** Everybody who is at the end of the log gets the same: it is read and written out for the first of them. */
function sharedPages(reader: Pick<LogReader, 'read'>): (after: number) => readonly LiveRecord[] {
  let last: { readonly after: number; readonly page: readonly LiveRecord[] } | undefined
  return (after) => {
    if (last?.after === after) return last.page
    const page = reader.read(after, PAGE_RECORDS).map((record) => ({ record, message: toMessage(record) }))
    // More may come after none.
    last = page.length === 0 ? last : { after, page }
    return page
  }
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

function isOutcomeWanted(told: EventOutcome, filter: Filter): boolean {
  const { sourceId, user, event, outcome, destinationId } = filter
  if (sourceId !== undefined && told.sourceId !== sourceId) return false
  if (outcome !== undefined && told.outcome !== outcome) return false
  if (destinationId !== undefined && told.destinationId !== destinationId) return false
  if (user !== undefined && told.userId !== user && told.anonymousId !== user) return false
  return event === undefined || told.name === event || told.type === event
}

/** To who begins at the end: a break may come before the first record, and none after this place is left out then. */
const toOpened = (position: number) => `id: ${position}\nevent: opened\ndata: {"position":${position}}\n\n`

/** Without an id: a reader that comes back goes on in the log. */
const toOutcome = (told: LiveOutcome) => `event: outcome\ndata: ${JSON.stringify(told)}\n\n`

const toLeftOut = (leftOut: number) => `event: left_out\ndata: {"leftOut":${leftOut}}\n\n`

function toMessage({ position, kind, sourceId, body }: StoredRecord): string {
  return `id: ${position}\nevent: ${kind}\ndata: {"position":${position},"sourceId":${JSON.stringify(sourceId)},"record":${body}}\n\n`
}
