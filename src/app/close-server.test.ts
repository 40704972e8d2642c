import { Agent, createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../ports/index.ts'
import { closeServer, REQUESTS_END_MS } from './close-server.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A server that keeps idle connections for longer than any test runs, and a client that does so too. */
async function serverAnd(handler: RequestListener) {
  const server = createServer({ keepAliveTimeout: 600_000 }, handler)
  const agent = new Agent({ keepAlive: true })
  cleanups.push(
    () => agent.destroy(),
    () => server.closeAllConnections(),
    () => server.close(),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = () =>
    new Promise<IncomingMessage>((resolve, reject) => get({ port, agent }, resolve).once('error', reject))
  return { server, ask }
}

const closeTimed = async (server: Server, clock: Parameters<typeof closeServer>[1] = systemClock) => {
  const startedMs = performance.now()
  await closeServer(server, clock, () => new Promise<void>((resolve) => void server.close(() => resolve())))
  return performance.now() - startedMs
}

test('a request under way is answered, and its connection does not keep the server open', async () => {
  const { server, ask } = await serverAnd((_request, response) => setTimeout(() => response.end('done'), 300))
  const answer = ask().then(text)
  await sleep(100)
  expect(await closeTimed(server)).toBeLessThan(REQUESTS_END_MS)
  expect(await answer).toBe('done')
})

test('a client that goes on sending cannot keep the server open', async () => {
  let answers = 0
  const { server, ask } = await serverAnd((_request, response) => setImmediate(() => response.end('done')))
  const sendOn = async () => {
    for (;;) {
      await text(await ask())
      answers += 1
    }
  }
  const senders = Array.from({ length: 8 }, () => sendOn().catch(() => 'refused'))
  await sleep(100)
  expect(await closeTimed(server)).toBeLessThan(REQUESTS_END_MS)
  expect(await Promise.all(senders)).toEqual(Array(8).fill('refused'))
  expect(answers).toBeGreaterThan(8)
})

test('an answer without an end is cut off when its time is up', async () => {
  const { server, ask } = await serverAnd((_request, response) => void response.write('and so on'))
  const answer = await ask()
  const ended = text(answer).catch(() => 'cut off')
  const waits: number[] = []
  const hasty = {
    after: (ms: number, run: () => void) => {
      waits.push(ms)
      return systemClock.after(ms / 50, run)
    },
  }
  expect(await closeTimed(server, hasty)).toBeLessThan(REQUESTS_END_MS)
  expect(waits).toContain(REQUESTS_END_MS)
  expect(await ended).toBe('cut off')
})
