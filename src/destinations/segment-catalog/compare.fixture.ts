/**
 * A process of its own, run with `redirect.fixture.ts`: sends one event to each destination of `compared.fixture.ts`
 * twice, with Segment's own framework and with ours, and prints what a server got from either.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../ports/index.ts'
import { Catalog } from '../catalog.ts'
import { defaultMappingOf } from '../definition.ts'
import { createWorkerRunner } from '../workers/pool.ts'
import { CASES, type Compared, type Recorded } from './compared.fixture.ts'
import { segmentShelf } from './files.ts'

/** What says nothing about the event: the client's own headers, and who it is. */
const CLIENT_HEADERS = new Set(['accept', 'accept-encoding', 'connection', 'content-length', 'user-agent'])

const [directory = ''] = process.argv.slice(2)
const pem = readFileSync(process.env['RECORDER_PEM'] ?? '', 'utf8')
let recorded: Recorded[] = []
const server = createServer({ key: pem, cert: pem }, (request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !CLIENT_HEADERS.has(name)))
    recorded.push({ method: request.method ?? '', path: request.url ?? '', headers, body })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ id: 'r1', data: { id: 'r1' }, total: 0, results: [] }))
  })
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
process.env['RECORDER_PORT'] = String((server.address() as AddressInfo).port)

const shelf = segmentShelf(directory)
if (shelf === null) throw new Error('not installed')
const catalog = new Catalog([shelf])
const runner = createWorkerRunner({ clock: systemClock, egressAllow: [] })
const compared: Compared[] = []
for (const { slug, action, settings, mapping, event } of CASES) {
  const entry = catalog.find(slug)
  if (entry?.home.kind !== 'worker') throw new Error(`${slug} is not in the catalog`)
  const full = { ...defaultMappingOf(entry.shape, action), ...mapping }

  const load = createRequire(entry.home.module)
  const { Destination } = load('@segment/actions-core')
  recorded = []
  const subscription = { subscribe: `type = "${event.type}"`, partnerAction: action, mapping: full }
  // Its schemas are kept under its name, and the fast-uri of today takes no name with a space for a URI.
  const definition = { ...load(entry.home.module).default, name: slug }
  let problem: string | null = null
  try {
    await new Destination(definition).onEvent(event, { ...settings, subscription })
  } catch (error) {
    problem = String(error)
  }
  const segment = recorded

  recorded = []
  const { outcome } = await runner.run(entry, { action, settings, mapping: full, event })
  compared.push({ slug, problem, segment, ours: recorded, outcome })
}
await runner.close()
server.closeAllConnections()
server.close()
process.stdout.write(JSON.stringify(compared))
