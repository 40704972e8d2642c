/** The first start makes keys, tables and a workspace: it too may be ended at any instant. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { Product } from './product.ts'
import { Scratch } from './scratch.ts'
import { ServerProcess } from './server-process.ts'

const TEST_MS_MAX = 180_000
const KILLS = 4
const DELIVERY_MS_MAX = 20_000
/** About what a first start takes, in milliseconds. */
const START_MS = 2_500

const scratch = new Scratch('first')
afterAll(() => scratch[Symbol.dispose]())

/** Starts to its end, and sends and asks with the keys of the quickstart. */
async function expectToWork(directory: string): Promise<void> {
  await using server = new ServerProcess(directory)
  const { url } = await server.start()
  const product = Product.read(directory)
  const answer = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${product.writeKey}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ userId: 'u1', event: 'Tried' }),
  })
  expect(answer.status).toBe(200)
  // Delivered to the sandbox, so that addresses and keys of both fit.
  const status = await product.drained(url, AbortSignal.timeout(DELIVERY_MS_MAX))
  expect(product.instanceOf(status)).toBe(1)
  expect(status.destinations.map(({ hold }) => hold)).toEqual([null, null, null])
  expect(statSync(join(directory, 'quickstart.json')).mode & 0o777).toBe(0o600)
  await server.stop()
}

test(
  'a first start that was killed at any instant is completed by the next',
  async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const directory = join(scratch.path, `killed-${kill}`)
      const server = new ServerProcess(directory)
      server.spawn()
      // The last ones late: that is when it writes.
      await sleep((START_MS * (kill - 0.5 + Math.random() / 2)) / KILLS)
      await server.kill()
      await expectToWork(directory)
    }
  },
  TEST_MS_MAX,
)

test(
  'a first start that was killed before it wrote quickstart.json is completed by the next',
  async () => {
    const directory = join(scratch.path, 'without')
    await expectToWork(directory)
    rmSync(join(directory, 'quickstart.json'))
    await expectToWork(directory)
  },
  TEST_MS_MAX,
)
