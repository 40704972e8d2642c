/**
 * A destination that answers at once as Extole does, and says how long it took from when an event was sent to when what
 * came of it is here: the event's time is in the name of its person (`LoadPlan.users`). Arguments: people in all, people
 * to warm up with.
 */
import { createServer } from 'node:http'

const expected = Number(process.argv[2])
const warmup = Number(process.argv[3])
const ANSWER = '{"event_id":"7000000000000000001"}'
const PERSON = /user-\d+-(\d{13})/
const latencies: number[] = []
let arrived = 0

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    const nowMs = Date.now()
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    response.end(ANSWER)
    const sentMs = PERSON.exec(body)?.[1]
    if (sentMs === undefined) return
    arrived += 1
    if (arrived > warmup) latencies.push(nowMs - Number(sentMs))
    if (arrived !== expected) return
    latencies.sort((a, b) => a - b)
    const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
    console.log(JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99) }))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }))
})
process.on('SIGTERM', () => process.exit(0))
