/** One OpenAPI 3.1 document of all routes under `/api`, made of what the routes declare: it cannot differ from them. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { rightOf } from './accounts/guard.ts'
import { sending } from './answers/operation.ts'
import { OwnProblem, Problems } from './answers/problems.ts'
import type { Guard } from './deps.ts'
import { type Envelope, envelopeOf } from './envelopes.ts'
import { LEFT_OUT } from './left-out.ts'
import { headersOf, inHeader, inPath, inQuery, listsInQuery } from './openapi-parameters.ts'
import { type Components, hoisted } from './openapi-schemas.ts'

const PREFIX = '/api'
const PROBLEMS: Readonly<Record<Envelope, TSchema>> = { segment: Problems, own: OwnProblem }

const getOpenApi = sending('getOpenApi', 'This document', {
  'application/json': Type.Record(Type.String(), Type.Unknown()),
})

/** @param routes as Fastify knows them; those that are not under `/api` are left out, and so is what answers 501 */
export function openApiOf(routes: readonly RouteOptions[]) {
  const paths: Record<string, Record<string, unknown>> = {}
  const components: Components = new Map()
  for (const route of routes) {
    if (!route.url.startsWith(PREFIX) || isLeftOut(route.url)) continue
    const path = route.url.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')
    const operations = paths[path] ?? {}
    for (const method of [route.method].flat())
      operations[method.toLowerCase()] = operationOf(method, route, path, components)
    paths[path] = operations
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Grapevine Public API', version: '1', description: 'See docs/public-api.md.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
        session: { type: 'apiKey', in: 'cookie', name: 'grapevine', description: 'Of somebody who signed in.' },
      },
    },
  }
}

function operationOf(method: string, route: RouteOptions, path: string, components: Components) {
  const { body, querystring } = route.schema ?? {}
  const right = rightOf(route)
  const operation = route.config?.operation
  const content = (schemas: Readonly<Record<string, TSchema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema: hoisted(schema, components) }]))
  const example = operation?.example === undefined ? {} : { example: operation.example }
  const answers = operation?.statuses.map((status) => [
    status,
    { description: operation.summary, ...headersOf(method, route.url), content: content(operation.content) },
  ])
  return {
    ...(operation === undefined ? {} : { operationId: operation.id, summary: operation.summary }),
    tags: [path.split('/')[2] ?? 'workspace'],
    'x-right': right,
    security: right === 'anyone' ? [] : right === 'signed-in' ? [{ session: [] }] : [{ token: [] }, { session: [] }],
    parameters: [
      ...inPath(path),
      ...inQuery(querystring),
      ...listsInQuery(operation?.query),
      ...inHeader(method, route.url),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body, ...example } } } }),
    responses: {
      ...Object.fromEntries(answers ?? []),
      default: {
        description: 'What went wrong.',
        content: content({ 'application/json': PROBLEMS[envelopeOf(method, route.url)] }),
      },
    },
  }
}

const isLeftOut = (url: string) => {
  const path = url.slice(PREFIX.length).replace(/\/\*$/, '')
  return LEFT_OUT.has(path)
}

/** @param routes those of the whole server, which are there once it listens */
export function openApiRoute(app: FastifyInstance, guard: Guard, routes: readonly RouteOptions[]): void {
  let text: string | undefined
  app.get('/openapi.json', { onRequest: guard('api:read'), config: getOpenApi }, async (_request, reply) => {
    // Routes stay as they are from then on.
    text ??= JSON.stringify(openApiOf(routes))
    return reply.type('application/json; charset=utf-8').send(text)
  })
}
