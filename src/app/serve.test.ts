import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ConfigError, parseConfig, QUICKSTART_FILE } from './index.ts'
import {
  aDataDirectory,
  api,
  environment,
  eventsAt,
  personAt,
  quickstartOf,
  SERVE_TEST_MS,
  send,
  settledStatus,
  started,
} from './serve.fixture.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** `grapevine serve` as a process of its own, until it ends by itself. */
async function served(settings: Readonly<Record<string, string>>) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GRAPEVINE_')))
  const child = spawn(process.execPath, [MAIN, 'serve'], { env: { ...env, ...settings }, stdio: 'pipe' })
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { exitCode: exitCode as number, stderr }
}

test(
  'an empty data directory becomes a server with something to try, told in quickstart.json',
  async () => {
    const directory = aDataDirectory()
    const running = await started(environment(directory))
    const file = join(directory, QUICKSTART_FILE)
    const content = JSON.parse(readFileSync(file, 'utf8'))
    expect(content).toEqual(running.quickstart)
    expect(content).toEqual({
      url: running.url,
      consoleLoginUrl: expect.stringMatching(`^${running.url}/app/join#token=gvi_`),
      publicApiToken: expect.stringMatching(/.{20}/),
      spaceId: expect.any(String),
      sources: [
        { id: expect.any(String), slug: 'node', writeKey: expect.any(String) },
        { id: expect.any(String), slug: 'javascript', writeKey: expect.any(String) },
      ],
      destinations: [content.sources[0].id, content.sources[1].id, content.spaceId].map((sourceId) => ({
        id: expect.any(String),
        sourceId,
      })),
      destinationId: content.destinations[0].id,
      extole: { url: running.sandboxUrl, apiKey: expect.any(String) },
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(await (await fetch(`${running.url}/health/ready`)).json()).toMatchObject({ status: 'ready' })
  },
  SERVE_TEST_MS,
)

test(
  'an event arrives on a person in Extole, and everything is still there after a restart',
  async () => {
    const directory = aDataDirectory()
    const first = await started(environment(directory))
    const traits = { email: 'ada@example.com', firstName: 'Ada' }
    const identify = { userId: 'u1', messageId: 'm1', traits }
    expect(await send(first, 'identify', identify)).toBe(200)
    await eventsAt(first, 1)
    expect(await personAt(first, 'u1')).toMatchObject({ email: 'ada@example.com', first_name: 'Ada' })
    const before = await settledStatus(first)
    expect(before).toMatchObject({ delivered: 1, dead: 0 })
    const ledger = await api(first, '/api/ledger')
    await first[Symbol.asyncDispose]()

    const second = await started(environment(directory))
    const { url: _, extole: __, consoleLoginUrl: ___, ...kept } = quickstartOf(first)
    expect(quickstartOf(second)).toMatchObject(kept)
    expect(await settledStatus(second)).toEqual(before)
    expect(await api(second, '/api/ledger')).toEqual(ledger)
    // The sandbox is on another port now, and its destinations have followed it; m1 is known and goes nowhere.
    expect(await send(second, 'identify', identify)).toBe(200)
    expect(await send(second, 'track', { userId: 'u1', messageId: 'm2', event: 'registration' })).toBe(200)
    const requests = await eventsAt(second, 1)
    expect(requests.map(({ body }) => JSON.parse(body).event_name)).toEqual(['registration'])
    expect(await settledStatus(second)).toMatchObject({ delivered: 2, dead: 0 })
  },
  SERVE_TEST_MS,
)

test(
  'a second process on the same data directory ends with exit code 22 and says what to do',
  async () => {
    const directory = aDataDirectory()
    await started(environment(directory))
    const { exitCode, stderr } = await served(environment(directory))
    expect(exitCode).toBe(22)
    expect(stderr).toContain('another process uses the data directory')
    expect(stderr).toContain('GRAPEVINE_DATA')
  },
  SERVE_TEST_MS,
)

test(
  'wrong settings end with exit code 2, and every one of them is told',
  async () => {
    const { exitCode, stderr } = await served({
      ...environment(aDataDirectory()),
      GRAPEVINE_PORT: '70000',
      GRAPEVINE_QUICKSTART: 'yes',
      GRAPEVINE_STATE_URL: 'mysql://127.0.0.1/db',
      GRAPEVINE_LOG_URL: 'nats://127.0.0.1:4222',
      GRAPEVINE_ROLES: 'tracking',
      GRAPEVINE_UNSAFE_ASYNC_STANDBY: '1',
      GRAPEVINE_PROT: '8700',
    })
    expect(exitCode).toBe(2)
    for (const line of [
      'GRAPEVINE_PORT must be a whole number from 0 to 65535',
      'GRAPEVINE_QUICKSTART must be true or false',
      'GRAPEVINE_STATE_URL must begin with postgres://',
      'GRAPEVINE_LOG_URL scale-out over JetStream is not built yet',
      'GRAPEVINE_ROLES splitting the roles over processes is not built yet',
      'GRAPEVINE_UNSAFE_ASYNC_STANDBY must be true or false',
      'GRAPEVINE_PROT is not a setting',
    ]) {
      expect(stderr).toContain(line)
    }
  },
  SERVE_TEST_MS,
)

test.each([{ GRAPEVINE_LOG_URL: 'nats://127.0.0.1:4222' }, { GRAPEVINE_ROLES: 'tracking,processor,delivery,api' }])(
  'scale-out is refused by name until it is there: %o',
  (settings) => {
    expect(() => parseConfig(settings)).toThrow(ConfigError)
    expect(() => parseConfig(settings)).toThrow('not built yet')
  },
)
