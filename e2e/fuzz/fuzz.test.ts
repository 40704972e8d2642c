import { afterAll, beforeAll, expect, test } from 'vitest'
import { FuzzServer, fuzz, send } from './fuzz.ts'
import { POLLUTION_CORPUS } from './pollution.ts'
import { aPost, gzipBomb } from './requests.ts'

let server: FuzzServer

beforeAll(async () => {
  server = await FuzzServer.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const post = async (path: string, body: Buffer | string, headers?: readonly string[]) => {
  const { answers } = await send(server.port, [aPost(path, Buffer.from(body), headers)])
  return answers.map(({ status }) => status)
}

test('3,000 hostile requests break no promise', { timeout: 120_000 }, async () => {
  const report = await fuzz(server, { requests: 3_000, seed: 20_260_301, concurrency: 16 })
  expect(report.violations).toEqual([])
  expect(report.requests).toBe(3_000)
  // It reached the parts that it is meant to reach.
  for (const status of ['200', '204', '400', '401', '404', '405', '415', '431', 'none']) {
    expect(report.answers.get(status), status).toBeGreaterThan(0)
  }
})

test('40 attempts at the prototype change none', async () => {
  expect(POLLUTION_CORPUS).toHaveLength(40)
  const before = await server.state()
  for (const event of POLLUTION_CORPUS) expect(await post('/v1/track', event)).toEqual([200])
  expect(await post('/v1/batch', `{"batch":[${POLLUTION_CORPUS.join(',')}]}`)).toEqual([200])
  const after = await server.state()
  expect(after.prototypeKeys).toEqual(before.prototypeKeys)
  expect(after.violations).toEqual([])
  expect(after.accepted + after.rejected - before.accepted - before.rejected).toBe(80)
})

test('50 bombs are refused within 16 MB of memory', async () => {
  const bomb = async (index: number) => {
    const kinds = ['plain', 'nested', 'members'] as const
    const body = gzipBomb(kinds[index % 3] ?? 'plain')
    return await post('/v1/batch', body, ['content-encoding: gzip'])
  }
  // The first ones make the process as large as it gets when it works.
  for (let index = 0; index < 12; index++) await bomb(index)
  const before = await server.state('collect')
  for (let index = 0; index < 50; index++) expect(await bomb(index)).toEqual([400])
  // What is free goes back to the system a moment after it was collected.
  const grownMb = async () => ((await server.state('collect')).rssBytes - before.rssBytes) / 1024 ** 2
  await expect.poll(grownMb, { timeout: 5_000, interval: 250 }).toBeLessThan(16)
})

test('brackets by the hundred thousand are an answer, and memory comes back', async () => {
  const levels = 256_000
  const deep = `{"batch":[{"type":"track","event":"E","userId":"u","properties":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}]}`
  const before = await server.state('collect')
  for (let sent = 0; sent < 5; sent++) expect(await post('/v1/batch', deep)).toEqual([200])
  expect(await post('/v1/batch', '['.repeat(4_000_000))).toEqual([400])
  const after = await server.state('collect')
  expect((after.rssBytes - before.rssBytes) / 1024 ** 2).toBeLessThan(128)
})
