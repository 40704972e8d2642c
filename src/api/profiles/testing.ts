/** A real pipeline with a space, and the Profile API over HTTP on it. */
import { fastify } from 'fastify'
import { aConfig, SOURCE, startPipeline } from '../../connections/builders.ts'
import { createKeyedHash, encodeCommand } from '../../connections/index.ts'
import { createLogger } from '../../observe/index.ts'
import { type Clock, systemClock, systemRandom } from '../../ports/index.ts'
import type { NormalisedEvent } from '../../spec/index.ts'
import type { SpaceComputation } from '../../workspace/index.ts'
import { Refusals } from '../refusals.ts'
import { newRequestId } from '../request-id.ts'
import { profileRoutes } from './routes.ts'

export const SPACE = 'spa_1'
/** May read profiles. */
export const TOKEN = 'reads-profiles'
/** May do something else. */
export const OTHER_TOKEN = 'reads-no-profiles'

/** Requests that the server refuses before it answers none from that address. */
export const REFUSED_MAX = 100

export const basic = (token: string) => ({ authorization: `Basic ${btoa(`${token}:`)}` })

export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers as an outsider does, without types.
  readonly json: any
}

export interface Served extends AsyncDisposable {
  /** Resolves when all of it is worked through. */
  send(...events: NormalisedEvent[]): Promise<void>
  erase(userId: string): Promise<void>
  /** The log has lost everything up to a position. */
  forgetUpTo(position: number): void
  readonly logEnd: number
  readonly url: string
  /** @param path behind the space's profiles of persons, or whole where it begins with a slash */
  get(path: string, init?: RequestInit): Promise<Answered>
}

export async function serveProfiles(
  computations: readonly SpaceComputation[] = [],
  clock: Clock = systemClock,
): Promise<Served> {
  const space = { id: SPACE, number: 1, sourceIds: new Set([SOURCE]), computations }
  const config = { ...aConfig(), spaces: [space, { ...space, id: 'spa_2', number: 2, computations: [] }] }
  const { log, ...running } = await startPipeline(config)
  let forgotten = 0
  const tokens = new Map([
    [TOKEN, ['pii:read']],
    [OTHER_TOKEN, ['api:read', 'api:write']],
  ])
  const app = fastify({
    genReqId: () => newRequestId(systemRandom),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 8_192 },
  })
  const deps = {
    async verifyToken(token: string) {
      const scopes = tokens.get(token)
      return scopes && { id: token, name: token, scopes, userId: null, createdAtMs: 0 }
    },
    config: () => config,
    state: running.state,
    log: { reader: { get: (position: number) => (position <= forgotten ? undefined : log.reader.get(position)) } },
    hash: createKeyedHash(Buffer.alloc(32, 1)),
    clock,
    refusals: new Refusals({ refusedPerMinuteMax: REFUSED_MAX, clock: systemClock }),
    logger: createLogger({ level: 'error', thread: 'test' }),
  }
  void app.register(async (profiles) => profileRoutes(profiles, deps), { prefix: '/v1/spaces' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    get logEnd() {
      return log.reader.end()
    },
    forgetUpTo(position) {
      forgotten = position
    },
    async send(...events) {
      await running.send(...events)
      await running.drained()
    },
    async erase(userId) {
      const body = encodeCommand({
        command: 'erase',
        regulationId: `reg_${userId}`,
        regulationType: 'DELETE_ONLY',
        userId,
        requestedAtMs: systemClock.nowMs(),
      })
      await log.append([{ kind: 'command', sourceId: '', body }])
      await running.drained()
    },
    async get(path, init = { headers: basic(TOKEN) }) {
      const whole = path.startsWith('/') ? path : `/v1/spaces/${SPACE}/collections/users/profiles/${path}`
      const response = await fetch(url + whole, init)
      return { status: response.status, headers: response.headers, json: await response.json() }
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await running[Symbol.asyncDispose]()
    },
  }
}
