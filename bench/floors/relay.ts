/**
 * The floor of delivery: takes batches in, makes them durable as the ingest floor does, and posts each event to the
 * sink, CONNECTIONS at a time. No order, no ledger, no retries, no deduplication. Arguments: database file, sink port.
 */
import { createServer, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'undici'

const CONNECTIONS = 64
const db = new DatabaseSync(process.argv[2] ?? ':memory:')
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
  CREATE TABLE records (position INTEGER PRIMARY KEY, body BLOB NOT NULL)`)
const insert = db.prepare('INSERT INTO records (body) VALUES (?)')
const sink = new Pool(`http://127.0.0.1:${process.argv[3]}`, { connections: CONNECTIONS, pipelining: 1 })
const ANSWER = '{"success":true}'
const events: { event: string; timestamp: string; userId: string; properties: object }[] = []
let sending = 0
let waiting: { body: Buffer; response: ServerResponse }[] = []

async function work(): Promise<void> {
  sending += 1
  for (let next = events.shift(); next !== undefined; next = events.shift()) {
    const { event, timestamp, userId, properties } = next
    const body = JSON.stringify({
      event_name: event,
      event_time: timestamp,
      data: { ...properties, partner_user_id: userId },
    })
    const answer = await sink.request({
      path: '/v6/async-events',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
      body,
    })
    await answer.body.text()
  }
  sending -= 1
}

function commit(): void {
  const group = waiting
  waiting = []
  db.exec('BEGIN')
  for (const { body } of group) insert.run(body)
  db.exec('COMMIT')
  for (const { body, response } of group) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    response.end(ANSWER)
    events.push(...JSON.parse(body.toString()).batch)
  }
  while (sending < Math.min(CONNECTIONS, events.length)) void work()
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (waiting.push({ body: Buffer.concat(chunks), response }) === 1) setImmediate(commit)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }))
})
process.on('SIGTERM', () => process.exit(0))
