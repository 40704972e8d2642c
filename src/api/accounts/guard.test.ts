import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createLogger } from '../../observe/index.ts'
import { ApiError } from '../problems.ts'
import { Refusals } from '../refusals.ts'
import { guardOf } from './guard.ts'

const RIGHT = { id: 'tok_1', name: 'right', scopes: ['api:read'], userId: null, createdAtMs: 0 }

test('of guesses that are under way at once as many are answered as one by one, and past that right and wrong are the same', async () => {
  const max = 3
  const asked = 10
  const together = Promise.withResolvers<void>()
  let waiting = 0
  const deps = {
    logger: createLogger({ level: 'error', thread: 'test' }),
    // A database answers all of them after all have asked.
    async verifyToken(text: string) {
      waiting += 1
      if (waiting === asked) together.resolve()
      await together.promise
      return text === 'right' ? RIGHT : undefined
    },
    accounts: { findSession: async () => undefined },
    commands: { noteSession: async () => {} },
  }
  const refusals = new Refusals({ refusedPerMinuteMax: max, clock: { monotonicMs: () => 5_000 } })
  await using app = Fastify()
  app.setErrorHandler((error, _, reply) => reply.status(error instanceof ApiError ? error.status : 500).send())
  app.get('/', { onRequest: guardOf(deps, refusals)('api:read') }, async () => 'in')
  const guesses = Array.from({ length: asked }, (_, n) => (n === asked - 2 ? 'right' : `wrong-${n}`))
  const statuses = await Promise.all(
    guesses.map(async (guess) => {
      const { statusCode } = await app.inject({ url: '/', headers: { authorization: `Bearer ${guess}` } })
      return statusCode
    }),
  )
  expect(statuses).toEqual([...Array(max).fill(401), ...Array(asked - max).fill(429)])
})
