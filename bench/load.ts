/**
 * The load generator: keep-alive connections that send prepared requests as fast as they are answered. Plain sockets,
 * because on a shared machine every microsecond here is taken from what is measured.
 *
 * Arguments: one JSON object, see `LoadPlan`. Prints `{"ready":true}`, then one line with the figures.
 */
import { connect } from 'node:net'

export interface LoadPlan {
  readonly port: number
  readonly path: string
  readonly authorization: string
  readonly connections: number
  /** Events in all, those to warm up with included. */
  readonly events: number
  /** Events sent before the clock starts, until the programs under test are compiled. */
  readonly warmup: number
  /** Events a request; 1 sends single calls. */
  readonly batch: number
  /** 0 gives each event a person of its own, whose name says when it was sent: `user-<number>-<Unix milliseconds>`. */
  readonly users: number
  /** Requests a second over all connections, which do not wait for each other's answers; 0 for as many as are answered. */
  readonly requestsPerSecond: number
}

export interface LoadResult {
  readonly seconds: number
  readonly eventsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly failures: number
}

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan
const PROPERTIES = {
  plan: 'gold',
  total: 99.5,
  items: ['a-100', 'b-200'],
  address: { city: 'Boston', zip: '02110' },
  note: 'x'.repeat(120),
}

let made = 0
function nextEvent(): object {
  const user = plan.users === 0 ? `${made}-${Date.now()}` : made % plan.users
  made += 1
  return {
    type: 'track',
    event: 'Button Clicked',
    messageId: crypto.randomUUID(),
    userId: `user-${user}`,
    timestamp: new Date().toISOString(),
    context: { library: { name: 'bench', version: '1' }, locale: 'en-US' },
    properties: PROPERTIES,
  }
}

function nextRequest(): Buffer {
  const events = Array.from({ length: Math.min(plan.batch, plan.events - made) }, nextEvent)
  const body = Buffer.from(
    JSON.stringify(plan.batch === 1 ? events[0] : { batch: events, sentAt: new Date().toISOString() }),
  )
  const head = `POST ${plan.path} HTTP/1.1\r\nhost: bench\r\nauthorization: ${plan.authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

const latencies: number[] = []
let measuredFromMs = 0
let measuredFromEvent = 0
let failures = 0
/** Since the clock started, or, before it does, since the connections were made. */
let requestsBegun = 0
let pacedFromMs = performance.now()

function runConnection(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(plan.port, '127.0.0.1')
    socket.setNoDelay(true)
    /** When the request under way was sent, or was due where that was earlier: what has to wait has waited. */
    let sinceMs = 0
    let received = ''
    const send = (dueMs: number) => {
      const request = nextRequest()
      sinceMs = Math.min(dueMs, performance.now())
      socket.write(request)
    }
    const end = () => {
      socket.end()
      resolve()
    }
    const next = () => {
      if (made >= plan.events) return end()
      if (plan.requestsPerSecond === 0) return send(Number.POSITIVE_INFINITY)
      requestsBegun += 1
      const dueMs = pacedFromMs + (requestsBegun / plan.requestsPerSecond) * 1_000
      const waitMs = dueMs - performance.now()
      if (waitMs > 1) setTimeout(() => (made >= plan.events ? end() : send(dueMs)), waitMs)
      else send(dueMs)
    }
    socket.on('connect', next)
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      if (measuredFromMs > 0) {
        if (sinceMs >= measuredFromMs) latencies.push(performance.now() - sinceMs)
      } else if (made >= plan.warmup) {
        measuredFromMs = performance.now()
        measuredFromEvent = made
        // What was late while programs were compiled is not owed any more.
        pacedFromMs = measuredFromMs
        requestsBegun = 0
      }
      if (!received.startsWith('HTTP/1.1 200')) failures += 1
      received = ''
      next()
    })
  })
}

console.log(JSON.stringify({ ready: true }))
pacedFromMs = performance.now()
await Promise.all(Array.from({ length: plan.connections }, runConnection))
const seconds = (performance.now() - measuredFromMs) / 1_000
latencies.sort((a, b) => a - b)
const at = (share: number) => Number((latencies[Math.floor((latencies.length - 1) * share)] ?? 0).toFixed(2))
const result: LoadResult = {
  seconds,
  eventsPerSecond: Math.round((plan.events - measuredFromEvent) / seconds),
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  maxMs: at(1),
  failures,
}
console.log(JSON.stringify(result))
