/** The Public API and what operators read: everything over HTTP that is not the Tracking API. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify, type RouteOptions } from 'fastify'
import { groupRoutes } from './accounts/groups.ts'
import { type DeclaredRoute, declaredRoutes, guardOf } from './accounts/guard.ts'
import { inviteRoutes } from './accounts/invites.ts'
import { sessionRoutes } from './accounts/session-routes.ts'
import { userRoutes } from './accounts/users.ts'
import { alertRoutes } from './alerts.ts'
import { auditRoutes } from './audit.ts'
import { backupRoutes } from './backups.ts'
import { readJsonBodies } from './body.ts'
import { catalogRoutes } from './catalog.ts'
import { consoleRoutes } from './console.ts'
import { deletionPreviewRoutes } from './deletion-preview.ts'
import type { ApiDeps } from './deps.ts'
import { limitDepth } from './depth.ts'
import { destinationTestRoutes } from './destination-tests.ts'
import { echoRoutes } from './echo.ts'
import { envelopeOf, problemsIn } from './envelopes.ts'
import { eventNameRoutes } from './event-names.ts'
import { eventTestRoutes } from './event-tests.ts'
import { explainRoutes } from './explain.ts'
import { filterRoutes } from './filters.ts'
import { healthRoutes } from './health.ts'
import { labelRoutes } from './labels.ts'
import { latestEventRoutes } from './latest-events.ts'
import { ledgerRoutes } from './ledger.ts'
import { leftOutRoutes } from './left-out.ts'
import { liveRoutes } from './live.ts'
import { routesAt } from './methods.ts'
import { answerOnce } from './once.ts'
import { openApiRoute } from './openapi.ts'
import { keepPreconditions } from './preconditions.ts'
import { answerTo } from './problems.ts'
import { profileErasureRoutes } from './profile-erasure.ts'
import { problemOf, profileRoutes } from './profiles/index.ts'
import { parseQuery } from './query.ts'
import { limitRate } from './rate.ts'
import { Refusals } from './refusals.ts'
import { regulationLookRoutes } from './regulation-look.ts'
import { regulationRoutes } from './regulations.ts'
import { replayRoutes } from './replays.ts'
import { newRequestId } from './request-id.ts'
import { schemaRoutes } from './schema/index.ts'
import { sourceCatalogRoutes } from './source-catalog.ts'
import { spaceFilterRoutes } from './space-filters.ts'
import { spaceSettingRoutes } from './space-settings.ts'
import { SPACE_ROUTES } from './spaces/index.ts'
import { statusRoutes } from './status.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { tokenRoutes } from './tokens.ts'
import { tryNowRoutes } from './try-now.ts'
import {
  deliveryMetricsRoutes,
  deliveryOverviewRoutes,
  deliveryVolumeRoutes,
  eventVolumeRoutes,
  latencyRoutes,
} from './volume/index.ts'
import { workspaceRoutes } from './workspace.ts'

/** Largest body of a request, in bytes: 5,000 user ids of a regulation fit. */
export const BODY_BYTES_MAX = 4 * 1024 ** 2

/** Longest part of a path, in characters. */
const PARAMETER_CHARS_MAX = 8_192
const PROFILES = '/v1/spaces'

/** @param makeServer gets the handler of all routes and answers the server it shall be served by */
export function createApi(
  deps: ApiDeps,
  makeServer: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server,
): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (handler) => makeServer(handler as (request: IncomingMessage, response: ServerResponse) => void),
    // An external id of 500 characters, each of them percent-encoded, is one parameter.
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: PARAMETER_CHARS_MAX,
      querystringParser: parseQuery,
    },
    genReqId: () => newRequestId(deps.random),
    // No route is known yet.
    frameworkErrors: (error, { url, id }, reply) => {
      const said = pathProblem(error)
      const { status, problems } = answerTo(said)
      const body = url.startsWith(PROFILES) ? problemOf(said)?.body : problemsIn('segment', problems, id)
      void (reply as FastifyReply).status(status).header('x-request-id', id).send(body)
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
    exposeHeadRoutes: false,
    trustProxy: deps.trustProxy.length > 0 ? [...deps.trustProxy] : false,
    logger: false,
  })
  readJsonBodies(app)
  app.decorateRequest('authenticated', undefined)
  const declared: DeclaredRoute[] = []
  app.decorate('declaredRoutes', declared)
  const described: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    // Answered as the GET beside it, by Fastify itself.
    if (route.method === 'HEAD') return
    declared.push(...declaredRoutes(route))
    described.push(route)
  })
  app.addHook('onRequest', async ({ id }, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store').header('x-request-id', id)
  })
  app.setErrorHandler((error, request, reply) => {
    const { status, problems, isUnexpected, retryAfterSeconds } = answerTo(error)
    const { id: requestId, method, routeOptions } = request
    if (isUnexpected) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      deps.logger.error('a request failed', { requestId, route: routeOptions.url ?? '', stack })
    }
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
    void reply.status(status).send(problemsIn(envelopeOf(method, routeOptions.url), problems, requestId))
  })
  app.setNotFoundHandler(({ id, method, url }, reply) => {
    const routes = routesAt(declared, url)
    const methods = [...new Set(routes.map((route) => route.method))]
    // Of a route that finds nothing by itself the method was right.
    if (methods.length === 0 || methods.includes(method)) {
      const problem = { type: 'not-found', message: 'There is nothing at this address.' }
      return void reply.status(404).send(problemsIn('segment', [problem], id))
    }
    const allow = methods.join(', ')
    const problem = { type: 'method-not-allowed', message: `This address takes ${allow}.` }
    const envelope = routes.every((route) => route.envelope === 'own') ? 'own' : 'segment'
    void reply
      .status(405)
      .header('allow', allow)
      .send(problemsIn(envelope, [problem], id))
  })

  const refusals = new Refusals(deps)
  const guard = guardOf(deps, refusals)
  healthRoutes(app, deps)
  consoleRoutes(app, deps)
  void app.register(async (profiles) => profileRoutes(profiles, { ...deps, refusals }), { prefix: PROFILES })
  void app.register(
    async (api) => {
      limitRate(api, deps)
      limitDepth(api)
      keepPreconditions(api, deps)
      answerOnce(api, deps)
      openApiRoute(api, guard, described)
      for (const routes of [
        workspaceRoutes,
        catalogRoutes,
        sourceCatalogRoutes,
        echoRoutes,
        destinationTestRoutes,
        tryNowRoutes,
        eventTestRoutes,
        latestEventRoutes,
        eventNameRoutes,
        subscriptionRoutes,
        filterRoutes,
        ...SPACE_ROUTES,
        spaceSettingRoutes,
        spaceFilterRoutes,
        schemaRoutes,
        profileErasureRoutes,
        regulationRoutes,
        regulationLookRoutes,
        deletionPreviewRoutes,
        sessionRoutes,
        tokenRoutes,
        userRoutes,
        inviteRoutes,
        groupRoutes,
        labelRoutes,
        auditRoutes,
        ledgerRoutes,
        replayRoutes,
        backupRoutes,
        explainRoutes,
        statusRoutes,
        alertRoutes,
        liveRoutes,
        deliveryOverviewRoutes,
        deliveryMetricsRoutes,
        deliveryVolumeRoutes,
        eventVolumeRoutes,
        latencyRoutes,
        leftOutRoutes,
      ]) {
        routes(api, deps, guard)
      }
    },
    { prefix: '/api' },
  )
  return app
}

/** Of a path that the router cannot read: without the path, which may be long. */
function pathProblem(error: FastifyError): { readonly statusCode: number; readonly message: string } {
  const isTooLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH' || error.statusCode === 414
  return isTooLong
    ? { statusCode: 414, message: `A part of the path has more than ${PARAMETER_CHARS_MAX} characters.` }
    : { statusCode: 400, message: 'The path is not percent-encoded UTF-8.' }
}
