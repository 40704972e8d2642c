export { readHeads } from './reading.ts'
export { schemaRoutes } from './routes.ts'
export { eventsShown } from './seen.ts'
