/**
 * A destination that answers at once as Extole's events endpoint does. Says how long the events after the first `warmup`
 * took to arrive. Arguments: events in all, events to warm up with.
 */
import { createServer } from 'node:http'

const expected = Number(process.argv[2])
const warmup = Number(process.argv[3])
const ANSWER = '{"event_id":"7000000000000000001"}'
let arrived = 0
let warmMs = 0

const server = createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    response.end(ANSWER)
    arrived += 1
    if (arrived === warmup) warmMs = performance.now()
    if (arrived === expected) console.log(JSON.stringify({ seconds: (performance.now() - warmMs) / 1_000 }))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }))
})
process.on('SIGTERM', () => process.exit(0))
