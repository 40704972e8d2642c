export { schemaRoutes } from './routes.ts'
