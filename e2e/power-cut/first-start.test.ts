/** The first minute of a person who tries the product, and the power goes. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Product } from '../kill/product.ts'
import { Scratch } from '../kill/scratch.ts'
import { ServerProcess } from '../kill/server-process.ts'
import { frozen } from './frozen.ts'
import { LoopImage, whyNotMountable } from './loop-image.ts'

const TEST_MS_MAX = 120_000
const DELIVERY_MS_MAX = 20_000
const why = await whyNotMountable()

describe.skipIf(why !== undefined)(`a power cut at once${why === undefined ? '' : ` [not run: ${why}]`}`, () => {
  test(
    'leaves a quickstart that works and leads to the sandbox, which may have lost its keys',
    async () => {
      using scratch = new Scratch('first-cut')
      await using image = await LoopImage.create(join(scratch.path, 'a.img'))
      await using server = new ServerProcess(join(image.mountPoint, 'data'))
      await server.start()
      server.signal('SIGSTOP')
      await frozen(server.pid ?? 0)
      await using after = await image.cut(join(scratch.path, 'b.img'))
      await server.kill()
      await after.mount()
      const data = join(after.mountPoint, 'data')
      await using again = new ServerProcess(data)
      const { url } = await again.start()
      const product = Product.read(data)
      const answer = await fetch(`${url}/v1/identify`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${product.writeKey}:`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ userId: 'u1', traits: { email: 'ada@example.com' } }),
      })
      expect(answer.status).toBe(200)
      const status = await product.drained(url, AbortSignal.timeout(DELIVERY_MS_MAX))
      expect(status.destinations.map(({ hold }) => hold)).toEqual([null, null, null])
    },
    TEST_MS_MAX,
  )
})
