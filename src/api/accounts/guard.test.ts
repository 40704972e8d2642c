import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { declaredRoutes } from './guard.ts'

test('a route that declares no right does not let the server start', () => {
  const app = fastify()
  app.addHook('onRoute', (route) => void declaredRoutes(route))
  app.get('/open', { config: { right: 'anyone' } }, async () => 'ok')
  expect(() => app.get('/forgotten', async () => 'ok')).toThrow('the route GET /forgotten declares no right')
})
