/** The latest calls of a profile, of every type, and what became of each: where an answer to "why" begins. */
import type { Static } from 'typebox'
import * as answers from '../answers/profiles.ts'
import type { Routes } from '../deps.ts'
import { outcomesOf } from '../outcomes.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { recentEvents } from '../profiles/index.ts'
import { type OfProfile, profileOf } from './lookup.ts'

/** Of one page, where no count is given. */
const EVENTS_DEFAULT = 25
const ANY = {
  types: undefined,
  startMs: Number.NEGATIVE_INFINITY,
  endMs: Number.POSITIVE_INFINITY,
  include: undefined,
  exclude: undefined,
}

export const profileEventRoutes: Routes = (app, deps, guard) => {
  app.get<OfProfile & { Querystring: Static<typeof PageQuery> }>(
    '/spaces/:space/profiles/:lookup/events',
    { onRequest: guard('pii:read'), config: answers.listProfileEvents, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { space, person } = await profileOf(deps, params)
      const { page, pagination } = pageOf(
        (await recentEvents(deps, space, person, ANY)).toReversed(),
        query,
        EVENTS_DEFAULT,
      )
      const events = []
      for (const { position, sourceId, name, event } of page) {
        const { messageId, type, timestamp } = event
        const outcomes = await outcomesOf(deps, position)
        events.push({ position, messageId, type, name, sourceId, timestamp, outcomes })
        await deps.clock.turn()
      }
      return { data: { events, pagination } }
    },
  )
}
