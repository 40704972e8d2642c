/** The live stream: every record of the log as it becomes durable, as server-sent events. */
import type { StoredRecord } from '../log/index.ts'
import type { Routes } from './deps.ts'

/** Records read at once, and how much may wait for a slow reader before it is cut off, in bytes. */
const PAGE_RECORDS = 200
const BACKLOG_BYTES_MAX = 8 * 1024 ** 2

export const liveRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: { sourceId?: string; after?: string } }>(
    '/live',
    { onRequest: guard('pii:read') },
    async (request, reply) => {
      const { sourceId, after } = request.query
      let position = after === undefined ? deps.log.reader.end() : Math.max(0, Number(after) || 0)
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      raw.write(': grapevine\n\n')
      const send = () => {
        for (;;) {
          const records = deps.log.reader.read(position, PAGE_RECORDS)
          if (records.length === 0) return
          for (const record of records) {
            position = record.position
            if (record.kind === 'command' || (sourceId !== undefined && record.sourceId !== sourceId)) continue
            raw.write(toMessage(record))
          }
          // A reader that cannot keep up must not take the memory: it connects again with `after`.
          if (raw.writableLength > BACKLOG_BYTES_MAX) return raw.destroy()
        }
      }
      const stop = deps.watchLog(send)
      raw.on('close', stop)
      send()
      return reply
    },
  )
}

function toMessage({ position, kind, sourceId, body }: StoredRecord): string {
  return `id: ${position}\nevent: ${kind}\ndata: {"position":${position},"sourceId":${JSON.stringify(sourceId)},"record":${body}}\n\n`
}
