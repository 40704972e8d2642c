/** One OpenAPI 3.1 document of all routes under `/api`, made of what the routes declare: it cannot differ from them. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import { rightOf } from './accounts/guard.ts'
import type { Guard } from './deps.ts'
import { LEFT_OUT } from './left-out.ts'

const PREFIX = '/api'

/** Of these, the schema is that of JSON itself: typebox writes it so. */
type Schema = Readonly<Record<string, unknown>>
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

const Problems = {
  type: 'object',
  properties: {
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          type: { type: 'string' },
          message: { type: 'string' },
          field: { type: 'string' },
          data: { type: 'object' },
        },
        required: ['type', 'message'],
      },
    },
  },
  required: ['errors'],
  not: { required: ['data'] },
}
const Success = { type: 'object', properties: { data: { type: 'object' } }, required: ['data'] }

const json = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } })

/** @param routes as Fastify knows them; those that are not under `/api` are left out, and so is what answers 501 */
export function openApiOf(routes: readonly RouteOptions[]) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    if (!route.url.startsWith(PREFIX) || isLeftOut(route.url)) continue
    const path = route.url.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')
    const operations = paths[path] ?? {}
    for (const method of [route.method].flat()) operations[method.toLowerCase()] = operationOf(route, path)
    paths[path] = operations
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Grapevine Public API', version: '1', description: 'See docs/public-api.md.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problems, Success },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'grapevine' },
      },
    },
  }
}

function operationOf(route: RouteOptions, path: string) {
  const { body, querystring } = route.schema ?? {}
  const right = rightOf(route)
  const ofPeople = right === 'anyone' || right === 'signed-in'
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } }
  })
  return {
    'x-right': right,
    security: right === 'anyone' ? [] : right === 'signed-in' ? [{ session: [] }] : [{ token: [] }, { session: [] }],
    parameters: [...inPath, ...inQuery(querystring as ObjectSchema | undefined)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      '2XX': { description: 'Done.', content: json('Success') },
      // Signing in has problems in a form of its own: docs/accounts.md.
      default: { description: 'What went wrong.', ...(ofPeople ? {} : { content: json('Problems') }) },
    },
  }
}

function inQuery({ properties = {}, required = [] }: ObjectSchema = {}) {
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', required: required.includes(name), schema }
  })
}

const isLeftOut = (url: string) => {
  const path = url.slice(PREFIX.length).replace(/\/\*$/, '')
  return LEFT_OUT.has(path)
}

/** @param routes those of the whole server, which are there once it listens */
export function openApiRoute(app: FastifyInstance, guard: Guard, routes: readonly RouteOptions[]): void {
  app.get('/openapi.json', { onRequest: guard('api:read') }, async () => openApiOf(routes))
}
