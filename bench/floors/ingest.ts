/**
 * The floor of ingest: the least that a Node program can do and write the same. It reads the body, appends its events to
 * SQLite, a row each, with a flush for each group of requests that were read together, and answers. No validation, no
 * keys, no limits. Arguments: the database file.
 */
import { createServer, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

const db = new DatabaseSync(process.argv[2] ?? ':memory:')
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
  CREATE TABLE records (position INTEGER PRIMARY KEY, body NOT NULL)`)
const insert = db.prepare('INSERT INTO records (body) VALUES (?)')
const isBatch = process.argv[3] === 'batch'
const ANSWER = '{"success":true}'
let waiting: { body: Buffer; response: ServerResponse }[] = []

function commit(): void {
  const group = waiting
  waiting = []
  db.exec('BEGIN')
  for (const { body } of group) {
    if (!isBatch) insert.run(body)
    else for (const event of JSON.parse(body.toString()).batch) insert.run(JSON.stringify(event))
  }
  db.exec('COMMIT')
  for (const { response } of group) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    response.end(ANSWER)
  }
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
