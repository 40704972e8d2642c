/**
 * Nobody overwrites what they have not seen (reliability contract 4.4): single things are read with an `ETag`, and changed
 * under `If-Match`. Segment's clients do not send one, so that it is asked for on our own routes only.
 */
import type { FastifyInstance } from 'fastify'
import type { Precondition, Thing } from '../workspace/index.ts'
import type { ApiDeps } from './deps.ts'
import { envelopeOf } from './envelopes.ts'
import { ApiError } from './problems.ts'

type Params = Readonly<Record<string, string>>

/** By address, as it is served: the thing that is read, changed or deleted there. */
export const THINGS: ReadonlyMap<string, (params: Params) => Thing> = new Map<string, (params: Params) => Thing>([
  ['/api/sources/:id', ({ id = '' }) => ({ kind: 'source', id })],
  // Read with the source.
  ['/api/sources/:id/labels', ({ id = '' }) => ({ kind: 'source', id })],
  ['/api/destinations/:id', ({ id = '' }) => ({ kind: 'destination', id })],
  // They are among its settings.
  ['/api/destinations/:id/event-names', ({ id = '' }) => ({ kind: 'destination', id })],
  [
    '/api/destinations/:id/subscriptions/:subscriptionId',
    ({ id: of = '', subscriptionId: id = '' }) => ({ kind: 'subscription', of, id }),
  ],
  ['/api/destination/:id/filters/:filterId', ({ id: of = '', filterId: id = '' }) => ({ kind: 'filter', of, id })],
  ['/api/spaces/:space', ({ space: id = '' }) => ({ kind: 'space', id })],
  ['/api/spaces/:space/identity-rules', ({ space: id = '' }) => ({ kind: 'identity_rules', id })],
  ['/api/spaces/:space/:collection/:id', ({ space: of = '', id = '' }) => ({ kind: 'computation', of, id })],
  ['/api/filters/:id', ({ id = '' }) => ({ kind: 'space_filter', id })],
  ['/api/groups/:id', ({ id = '' }) => ({ kind: 'group', id })],
])

/** Revisions that one header may name. */
const REVISIONS_MAX = 20

declare module 'fastify' {
  interface FastifyRequest {
    precondition?: Precondition
  }
}

/** After the guard and the body, before the route does anything. */
export function keepPreconditions(api: FastifyInstance, deps: Pick<ApiDeps, 'revisionOf'>): void {
  api.addHook('preHandler', async (request, reply) => {
    const { method, routeOptions, headers } = request
    const thingAt = THINGS.get(routeOptions.url ?? '')
    if (thingAt === undefined) return
    const thing = thingAt(request.params as Params)
    const given = headers['if-match']
    if (method === 'GET') {
      // Before what is shown is read: a tag that is too old is refused later, one that is too new would hide a change.
      const revision = await deps.revisionOf(thing)
      if (revision !== undefined) reply.header('etag', `"${revision}"`)
      return
    }
    if (given !== undefined) {
      request.precondition = { thing, revisions: revisionsIn(given) }
      return
    }
    if (envelopeOf(method, routeOptions.url) !== 'own' || (await deps.revisionOf(thing)) === undefined) return
    const message = 'Say in If-Match which state of it you have seen: its ETag when you read it, or * for any.'
    throw new ApiError(428, [{ type: 'precondition-required', message }])
  })
}

/** A weak tag is compared with nothing, as RFC 9110 has it. @throws ApiError 422 */
export function revisionsIn(header: string): Precondition['revisions'] {
  if (header.trim() === '*') return 'any'
  const tags = header.split(',').map((each) => each.trim())
  if (tags.length > REVISIONS_MAX || !tags.every((tag) => /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
    const message = `If-Match must be *, or up to ${REVISIONS_MAX} tags in quotation marks`
    throw new ApiError(422, [{ type: 'input-validation', field: 'If-Match', message }])
  }
  return tags.filter((tag) => tag.startsWith('"')).map((tag) => tag.slice(1, -1))
}
