/** A whole server on free ports, and what a person would look at to see whether it works. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { parseConfig, type Quickstart, type Running, serve } from './index.ts'

/** A start takes a second or two; a loaded machine may need many. */
export const SERVE_TEST_MS = 60_000
const ARRIVAL_MS = 30_000
const LOOK_MS = 20

export interface SandboxRequest {
  readonly path: string
  readonly body: string
}

export function aDataDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-serve-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const environment = (directory: string) => ({
  GRAPEVINE_DATA: directory,
  GRAPEVINE_PORT: '0',
  GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
  GRAPEVINE_LOG_LEVEL: 'error',
})

/** Starts; stopped with the test unless it was before. */
export async function started(settings: Readonly<Record<string, string>>): Promise<Running> {
  let isOver = false
  const running = await serve(parseConfig(settings), (exitCode, message) => {
    throw new Error(`the server would have ended with ${exitCode}: ${message}`)
  })
  const stop = async () => {
    if (isOver) return
    isOver = true
    await running[Symbol.asyncDispose]()
  }
  onTestFinished(stop)
  return { ...running, [Symbol.asyncDispose]: stop }
}

export function quickstartOf(running: Running): Quickstart {
  if (running.quickstart === undefined) throw new Error('the server made no quickstart')
  return running.quickstart
}

export async function send(running: Running, call: 'identify' | 'track', event: object): Promise<number> {
  const writeKey = quickstartOf(running).sources[0]?.writeKey ?? ''
  const response = await fetch(`${running.url}/v1/${call}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  return response.status
}

/** Events that the sandbox got since it started, as soon as there are `count`. */
export async function eventsAt(running: Running, count: number): Promise<readonly SandboxRequest[]> {
  return eventually(async () => {
    const answer = await fetch(`${quickstartOf(running).extole?.url}/sandbox/requests?limit=1000`)
    const { requests } = (await answer.json()) as { requests: SandboxRequest[] }
    const events = requests.filter(({ path }) => path.startsWith('/v6/'))
    return events.length >= count ? events : undefined
  }, `${count} events at the sandbox`)
}

/** What Extole knows of a person, found by their id at the brand: parameters by name. */
export async function personAt(running: Running, partnerUserId: string): Promise<Record<string, unknown> | undefined> {
  const { extole } = quickstartOf(running)
  const get = async (path: string) => {
    const answer = await fetch(`${extole?.url}${path}`, { headers: { authorization: `Bearer ${extole?.apiKey}` } })
    return answer.json()
  }
  const key = encodeURIComponent(`partner_user_id:${partnerUserId}`)
  const [person] = (await get(`/v5/persons?person_keys=${key}`)) as { id: string }[]
  if (person === undefined) return undefined
  const data = (await get(`/v5/persons/${person.id}/data`)) as Record<string, { name: string; value: unknown }>
  return Object.fromEntries(Object.values(data).map(({ name, value }) => [name, value]))
}

/** What `doctor` looks at, once everything in the log is worked through, nothing is pending and it all adds up. */
export async function settledStatus(running: Running) {
  return eventually(async () => {
    const { data } = await api(running, '/api/status')
    const { log, conservation } = data as {
      log: { end: number; behind: number }
      conservation: { holds: boolean; lines: { equation: string; parts: Record<string, number> }[] }
    }
    const deliveries = conservation.lines.filter((line) => line.equation === 'deliveries')
    const sum = (part: string) => deliveries.reduce((total, { parts }) => total + (parts[part] ?? 0), 0)
    if (log.behind > 0 || sum('pending') > 0 || !conservation.holds) return undefined
    return { end: log.end, delivered: sum('delivered'), dead: sum('dead') }
  }, 'everything to be delivered and to add up')
}

export async function api(running: Running, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${running.url}${path}`, {
    headers: { authorization: `Bearer ${quickstartOf(running).publicApiToken}` },
  })
  return (await answer.json()) as Record<string, unknown>
}

export async function eventually<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const endsAt = performance.now() + ARRIVAL_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${what}`)
    await wait(LOOK_MS)
  }
}
