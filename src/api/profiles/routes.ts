/**
 * The Profile API, `segment.md` 5.2: what a space knows of a person or a company, for programs. It has Segment's paths,
 * errors and pages, so that what reads profiles there reads them here. For servers only: no CORS.
 */
import type { FastifyInstance } from 'fastify'
import { RateLimiter } from '../../tracking/index.ts'
import { compileRules, DEFAULT_RULES, type Person, readEvent } from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'
import { authorise, requestIdOf } from './access.ts'
import type { ProfileApiDeps } from './deps.ts'
import {
  compareEvents,
  EVENTS_LOOKBACK_DAYS,
  type EventsWanted,
  eventAnswer,
  type ShownEvent,
  shownEvent,
} from './events.ts'
import { idAnswer, idsShown, linkAnswer, metadataAnswer } from './identity.ts'
import { currentNumbers, findPerson, type LookupPorts, parseLookup, peopleByNumbers } from './lookup.ts'
import { cursorFor, pageOf, pairCursor, pairOf } from './pages.ts'
import { ProfileProblem, problemOf } from './problems.ts'
import { type Asked, choiceOf, invalid, limitOf, listOf, textOf, timeOf } from './query.ts'
import { TRAIT_CLASSES, traitsAnswer, traitsShown } from './traits.ts'

/** Of one space. What is beyond is answered 429. */
export const REQUESTS_PER_SECOND = 100
const BURST_MS = 1_000
const SPACES_MAX = 10_000

export const TRAITS_LIMIT = { default: 10, max: 200 }
export const LIST_LIMIT = { default: 10, max: 100 }
export const LINKS_LIMIT = { default: 10, max: 20 }
/** Records read of the log before others get their turn. */
const READ_AT_ONCE = 20

const COLLECTIONS = ['users', 'accounts'] as const
const RULES = compileRules(DEFAULT_RULES)
const DAY_MS = 86_400_000

interface Subject {
  readonly space: SpaceConfig
  readonly person: Person
  readonly asked: Asked
  /** Path and query. */
  readonly url: string
}

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
    reply.header('request-id', requestIdOf(deps.random))
    await authorise(deps.verifyToken, request.headers.authorization)
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error) ?? new ProfileProblem('internal_error', 'Something went wrong here.')
    if (problem.code === 'internal_error') {
      const requestId = String(reply.getHeader('request-id'))
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

  app.get<OfProfile>('/:space/collections/:collection/profiles/:id/:part', async (request) => {
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
  })
}

function traits(_: ProfileApiDeps, { space, person, asked, url }: Subject): object {
  const [of, include, next] = [choiceOf(asked, 'class', TRAIT_CLASSES), listOf(asked, 'include'), textOf(asked, 'next')]
  const [limit, isVerbose] = [limitOf(asked, TRAITS_LIMIT), choiceOf(asked, 'verbose', ['true', 'false']) === 'true']
  const wanted = traitsShown(person, space).filter(
    (trait) => (of === undefined || trait.class === of) && (include === undefined || include.has(trait.name)),
  )
  const page = pageOf(wanted, {
    limit,
    isStart: ({ name }) => next === undefined || name >= next,
    cursorOf: ({ name }) => name,
  })
  return { traits: traitsAnswer(page.items, isVerbose), cursor: cursorFor(url, page, limit) }
}

function externalIds(_: ProfileApiDeps, { person, asked, url }: Subject): object {
  const [include, limit, next] = [listOf(asked, 'include'), limitOf(asked, LIST_LIMIT), pairAsked(asked)]
  const { ids, collection } = person.identity
  const page = pageOf(
    idsShown(ids).filter(({ held }) => include === undefined || include.has(held.type)),
    {
      limit,
      isStart: ({ held: { addedBy }, index }) =>
        next === undefined || addedBy.position > next[0] || (addedBy.position === next[0] && index >= next[1]),
      cursorOf: ({ held, index }) => pairCursor(held.addedBy.position, index),
    },
  )
  return { data: page.items.map(({ held }) => idAnswer(held, collection)), cursor: cursorFor(url, page, limit) }
}

async function events(deps: ProfileApiDeps, { person, asked, url }: Subject): Promise<object> {
  const [limit, next] = [limitOf(asked, LIST_LIMIT), pairAsked(asked)]
  const isAscending = choiceOf(asked, 'sort', ['asc', 'desc']) === 'asc'
  const wanted: EventsWanted = {
    startMs: timeOf(asked, 'start') ?? deps.clock.nowMs() - EVENTS_LOOKBACK_DAYS * DAY_MS,
    endMs: timeOf(asked, 'end') ?? Number.POSITIVE_INFINITY,
    include: listOf(asked, 'include'),
    exclude: listOf(asked, 'exclude'),
  }
  const sorted = (await eventsOf(deps, person.recent, wanted)).sort(compareEvents)
  if (!isAscending) sorted.reverse()
  const page = pageOf(sorted, {
    limit,
    isStart: ({ atMs, position }) => {
      if (next === undefined) return true
      const distance = atMs - next[0] || position - next[1]
      return isAscending ? distance >= 0 : distance <= 0
    },
    cursorOf: ({ atMs, position }) => pairCursor(atMs, position),
  })
  const userId = person.identity.collection === 'users' ? `use_${person.identity.id}` : null
  const data = page.items.map((each) => eventAnswer(each, readEvent(each.event, RULES).ids, userId))
  return { data, cursor: cursorFor(url, page, limit) }
}

/** The log may have lost the oldest. */
async function eventsOf(
  { log, clock }: ProfileApiDeps,
  positions: readonly number[],
  wanted: EventsWanted,
): Promise<ShownEvent[]> {
  const found: ShownEvent[] = []
  for (let start = 0; start < positions.length; start += READ_AT_ONCE) {
    if (start > 0) await clock.turn()
    for (const position of positions.slice(start, start + READ_AT_ONCE)) {
      const record = log.reader.get(position)
      const shown = record && shownEvent(record, wanted)
      if (shown !== undefined) found.push(shown)
    }
  }
  return found
}

/** Those linked last come first. */
async function links(deps: ProfileApiDeps, { space, person, asked, url }: Subject): Promise<object> {
  const [limit, next] = [limitOf(asked, LINKS_LIMIT), textOf(asked, 'next')]
  if (next !== undefined && !/^\d{1,15}$/.test(next)) throw invalid('next', 'is not a cursor of this list')
  const ports = portsOf(deps)
  const numbers = new Set(await currentNumbers(ports, space, person.links.toReversed()))
  // Whom the cursor names may have become part of another since.
  const [from] = next === undefined ? [] : await currentNumbers(ports, space, [Number(next)])
  const page = pageOf([...numbers], {
    limit,
    isStart: (number) => from === undefined || number === from,
    cursorOf: String,
  })
  const to = person.identity.collection === 'users' ? 'accounts' : 'users'
  const linked = await peopleByNumbers(ports, space, to, page.items)
  return { data: linked.map(linkAnswer), cursor: cursorFor(url, page, limit) }
}

const portsOf = ({ state, hash }: ProfileApiDeps): LookupPorts => ({ people: state.people, hash })

function pairAsked(asked: Asked): readonly [number, number] | undefined {
  const text = textOf(asked, 'next')
  if (text === undefined) return undefined
  const pair = pairOf(text)
  if (pair === undefined) throw invalid('next', 'is not a cursor of this list')
  return pair
}
