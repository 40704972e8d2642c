import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from './deps.ts'

/** Processed records may lag this far behind the log's end before the process stops calling itself ready. */
const READY_STATE_MS = 2_000

/** Monitors and link checkers ask for the head alone. */
const OPEN = { exposeHeadRoute: true, config: { right: 'anyone' } } as const

/** For load balancers and Prometheus: no token, nothing about people or the configuration. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/health/live', OPEN, async () => ({ status: 'live' }))
  app.get('/health/ready', OPEN, async (_request, reply) => {
    const timeout = new Promise<undefined>((resolve) => deps.clock.after(READY_STATE_MS, () => resolve(undefined)))
    const status = await Promise.race([deps.status(), timeout])
    if (status === undefined)
      return reply.status(503).send({ status: 'not ready', reason: 'the pipeline does not answer' })
    const behind = deps.log.reader.end() - status.processedPosition
    return { status: 'ready', behind, warnings: deps.warnings }
  })
  app.get('/metrics', OPEN, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metricsText()),
  )
}
