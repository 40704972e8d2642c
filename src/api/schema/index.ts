export { schemaRoutes } from './routes.ts'
export { eventsShown } from './seen.ts'
