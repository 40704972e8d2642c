/**
 * The Profile API, `segment.md` 5.2: what a space knows of a person or a company, for programs. It has Segment's paths,
 * errors and pages, so that what reads profiles there reads them here. For servers only: no CORS.
 */
import type { FastifyInstance } from 'fastify'
import { RateLimiter } from '../../tracking/index.ts'
import { authorise } from './access.ts'
import { externalIds, links, traits } from './answers.ts'
import { type ProfileApiDeps, portsOf, type Subject } from './deps.ts'
import { metadataAnswer } from './identity.ts'
import { findPerson, parseLookup } from './lookup.ts'
import { ProfileProblem, problemOf } from './problems.ts'
import type { Asked } from './query.ts'
import { events } from './recent-events.ts'

/** Of one space. What is beyond is answered 429. */
export const REQUESTS_PER_SECOND = 100
const BURST_MS = 1_000
const SPACES_MAX = 10_000

const COLLECTIONS = ['users', 'accounts'] as const

type Answerer = (deps: ProfileApiDeps, subject: Subject) => object | Promise<object>

const PARTS: ReadonlyMap<string, Answerer> = new Map<string, Answerer>([
  ['traits', traits],
  ['external_ids', externalIds],
  ['events', events],
  ['links', links],
  ['metadata', (_, { person }) => ({ metadata: metadataAnswer(person) })],
])

type OfProfile = {
  Params: { space: string; collection: string; id: string; part: string }
  Querystring: Asked
}

/** To be registered under `/v1/spaces`. */
export function profileRoutes(app: FastifyInstance, deps: ProfileApiDeps): void {
  const rate = new RateLimiter({ perSecond: REQUESTS_PER_SECOND, burstMs: BURST_MS, keysMax: SPACES_MAX })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id)
    refuseTooMany(deps, request.ip)
    try {
      await authorise(deps.verifyToken, request.headers.authorization)
    } catch (error) {
      if (!(error instanceof ProfileProblem)) throw error
      // As of a guess that is right, see below: of those under way at once no more are answered than one by one.
      refuseTooMany(deps, request.ip)
      deps.refusals.count(request.ip)
      throw error
    }
    refuseTooMany(deps, request.ip)
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error) ?? new ProfileProblem('internal_error', 'Something went wrong here.')
    if (problem.code === 'internal_error') {
      const { id: requestId } = request
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      deps.logger.error('a request failed', { requestId, route: request.routeOptions.url ?? '', stack })
    }
    if (problem.status === 401) reply.header('www-authenticate', 'Basic realm="profiles"')
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds))
    void reply.status(problem.status).send(problem.body)
  })
  app.setNotFoundHandler((_request, reply) => {
    const problem = new ProfileProblem('not_found', 'There is nothing at this address.')
    void reply.status(problem.status).send(problem.body)
  })

  app.get<OfProfile>(
    '/:space/collections/:collection/profiles/:id/:part',
    { config: { right: 'pii:read' } },
    async (request) => {
      const { params, query } = request
      const space = deps.config().spaces.find(({ id }) => id === params.space)
      if (space === undefined) throw new ProfileProblem('not_found', 'Space was not found.')
      const waitMs = rate.admit(space.id, deps.clock.monotonicMs())
      if (waitMs > 0) {
        const message = `More than ${REQUESTS_PER_SECOND} requests a second came for this space.`
        throw new ProfileProblem('rate_limit_error', message, Math.ceil(waitMs / 1_000))
      }
      const collection = COLLECTIONS.find((each) => each === params.collection)
      if (collection === undefined)
        throw new ProfileProblem('validation_error', 'The parameter `collection` must be users or accounts.')
      const answer = PARTS.get(params.part)
      if (answer === undefined) throw new ProfileProblem('not_found', 'There is nothing at this address.')
      const lookup = parseLookup(params.id)
      const person = lookup && (await findPerson(portsOf(deps), space, collection, lookup))
      if (person === undefined) throw new ProfileProblem('not_found', 'Profile was not found.')
      return answer(deps, { space, person, asked: query, url: request.url })
    },
  )
}

/** @throws ProfileProblem 429 */
function refuseTooMany({ refusals }: ProfileApiDeps, address: string): void {
  const waitMs = refusals.waitMs(address)
  if (waitMs === 0) return
  const message = 'Too many requests from this address were refused.'
  throw new ProfileProblem('rate_limit_error', message, Math.ceil(waitMs / 1_000))
}
