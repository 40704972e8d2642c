/** Resources of Segment's API that this product does not have: they answer 501, so that nobody takes them for a mistake. */
import type { Routes } from './deps.ts'
import { ApiError } from './problems.ts'

const WAREHOUSES = 'There are no warehouses here.'
const REVERSE_ETL = 'There is no reverse ETL here.'
const FUNCTIONS = 'There are no functions here: a destination of your own is a file.'
const EDGE = 'There are no edge functions here: events are changed on the server.'
const PLANS = 'There are no tracking plans here yet.'
const TRANSFORMATIONS = 'There are no transformations here yet.'
const LINKED = 'There are no linked audiences here: an audience is computed as events come.'
const USAGE = 'Usage is not counted here: there is nothing to pay for.'
const MESSAGING = 'There are no messaging subscriptions here.'
const OF_SOURCE = 'A deletion is of a person, with what all sources sent: `POST /regulations`.'
const CLOUD = 'There are no cloud sources here, and no objects.'
const SUPPRESSED = 'Nobody is suppressed here yet: what comes of a person after their deletion counts again.'

/** Path under `/api`, with the paths below it, and why. */
export const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['/catalog/warehouses', WAREHOUSES],
  ['/warehouses', WAREHOUSES],
  ['/sources/:id/connected-warehouses', WAREHOUSES],
  ['/spaces/:space/profiles-warehouses', WAREHOUSES],
  ['/reverse-etl-models', REVERSE_ETL],
  ['/reverse-etl-syncs', REVERSE_ETL],
  ['/functions', FUNCTIONS],
  ['/insert-function-instances', FUNCTIONS],
  ['/tracking-plans', PLANS],
  ['/sources/:id/settings', PLANS],
  ['/transformations', TRANSFORMATIONS],
  ['/usage', USAGE],
  ['/spaces/:space/audiences/:id/runs', LINKED],
  ['/spaces/:space/audiences/:id/schedules', LINKED],
  ['/spaces/:space/messaging-subscriptions', MESSAGING],
  ['/regulations/sources', OF_SOURCE],
  ['/regulations/cloudsources', CLOUD],
  ['/suppressions', SUPPRESSED],
  ['/sources/:id/edge-functions', EDGE],
])

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const leftOutRoutes: Routes = (app, _deps, guard) => {
  for (const [path, message] of LEFT_OUT) {
    for (const url of [path, `${path}/*`]) {
      app.route({
        method: METHODS,
        url,
        onRequest: guard('api:read'),
        handler: () => {
          throw new ApiError(501, [{ type: 'not-implemented', message }])
        },
      })
    }
  }
}
