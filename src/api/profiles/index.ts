export { EVENTS_LOOKBACK_DAYS } from './events.ts'
export { PROFILE_STATUSES, problemOf } from './problems.ts'
export { LINKS_LIMIT, LIST_LIMIT, profileRoutes, REQUESTS_PER_SECOND, TRAITS_LIMIT } from './routes.ts'
