/** What a space's sources have sent: names of events, their properties and traits, under the paths of Segment's API. */
import type { NormalisedEvent } from '../../spec/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'
import * as answers from '../answers/schema.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { ApiError } from '../problems.ts'
import { readHeads, readNames } from './reading.ts'
import { readSamples } from './samples.ts'
import { eventsShown, membersShown, positionsOf, type SeenBy, type Shown } from './seen.ts'

type OfSpace = { Params: { space: string }; Querystring: PageQuery }
type OfEvent = { Params: { space: string; event: string }; Querystring: PageQuery }
type OfProperty = { Params: { space: string; event: string; property: string } }
type OfTrait = { Params: { space: string; trait: string } }

const TRAITS = [
  { kind: 'users', name: '' },
  { kind: 'accounts', name: '' },
] as const
const CALLS_OF_TRAITS: ReadonlySet<string> = new Set(['identify', 'group'])

export const schemaRoutes: Routes = (app, deps, guard) => {
  app.get<OfSpace>(
    '/spaces/:space/events',
    { onRequest: guard('api:read'), config: answers.listSeenEvents, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { sourceIds } = spaceOf(deps, params.space)
      return answer('events', eventsShown(await readHeads(deps, sourceIds)), query)
    },
  )

  app.get<OfEvent>(
    '/spaces/:space/events/:event/properties',
    { onRequest: guard('api:read'), config: answers.listSeenProperties, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const seen = await eventOf(deps, spaceOf(deps, params.space), params.event)
      return answer('properties', membersShown(seen), query)
    },
  )

  app.get<OfProperty>(
    '/spaces/:space/events/:event/properties/:property/sample-values',
    { onRequest: guard('pii:read'), config: answers.listPropertySamples },
    async ({ params: { space: id, event, property } }) => {
      const space = spaceOf(deps, id)
      const positions = positionsOf(await eventOf(deps, space, event), property)
      if (positions === undefined) throw notSeen('The event has no property of this name.')
      const pick = ({ properties = {} }: NormalisedEvent) => ownOf(properties, property)
      return { data: { sampleValues: await readSamples(deps, space, positions, pick) } }
    },
  )

  app.get<OfSpace>(
    '/spaces/:space/traits',
    { onRequest: guard('api:read'), config: answers.listSeenTraits, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { sourceIds } = spaceOf(deps, params.space)
      return answer('traits', membersShown(await readNames(deps, sourceIds, TRAITS)), query)
    },
  )

  app.get<OfTrait>(
    '/spaces/:space/traits/:trait/sample-values',
    { onRequest: guard('pii:read'), config: answers.listTraitSamples },
    async ({ params: { space: id, trait } }) => {
      const space = spaceOf(deps, id)
      const positions = positionsOf(await readNames(deps, space.sourceIds, TRAITS), trait)
      if (positions === undefined) throw notSeen('The space has not seen a trait of this name.')
      const pick = ({ type, traits = {} }: NormalisedEvent) =>
        CALLS_OF_TRAITS.has(type) ? ownOf(traits, trait) : undefined
      return { data: { sampleValues: await readSamples(deps, space, positions, pick) } }
    },
  )
}

const ownOf = (values: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(values, name) ? values[name] : undefined

function answer<T>(name: string, { items, leftOut }: Shown<T>, query: PageQuery) {
  const { page, pagination } = pageOf(items, query)
  return { data: { [name]: page, leftOut, pagination } }
}

function spaceOf(deps: ApiDeps, id: string): SpaceConfig {
  const space = deps.config().spaces.find((each) => each.id === id)
  if (space === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
  return space
}

async function eventOf(deps: ApiDeps, { sourceIds }: SpaceConfig, name: string): Promise<readonly SeenBy[]> {
  const found = await readNames(deps, sourceIds, [{ kind: 'event', name }])
  if (found.length === 0) throw notSeen('The space has not seen an event of this name.')
  return found
}

const notSeen = (message: string) => new ApiError(404, [{ type: 'not-found', message }])
