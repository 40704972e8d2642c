/** A destination that answers at once as Extole's events endpoint does. Says when the expected number has arrived. */
import { createServer } from 'node:http'

const expected = Number(process.argv[2])
const ANSWER = '{"event_id":"7000000000000000001"}'
let arrived = 0

const server = createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    response.end(ANSWER)
    arrived += 1
    if (arrived === expected) console.log(JSON.stringify({ arrivedAt: Date.now() }))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }))
})
process.on('SIGTERM', () => process.exit(0))
