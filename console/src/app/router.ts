import type { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { audiencesRoutes } from '../features/audiences/route.ts'
import { debuggerRoute } from '../features/debugger/route.ts'
import { DELIVERY_ROUTES, deliveryTab } from '../features/delivery/route.ts'
import {
  addDestinationRoute,
  DESTINATION_TABS,
  destinationRoute,
  destinationsRoute,
} from '../features/destinations/route.ts'
import { eventsRoutes } from '../features/events/route.ts'
import { helpIndexRoute, helpRoute } from '../features/help/route.ts'
import { overviewRoute } from '../features/overview/route.ts'
import { privacyRoutes } from '../features/privacy/route.ts'
import { profilesRoutes } from '../features/profiles/route.ts'
import { settingsRoutes } from '../features/settings/route.ts'
import { joinRoute, resetRoute, signInRoute } from '../features/sign-in/route.ts'
import { sourcesRoutes } from '../features/sources/route.ts'
import { traitsRoutes } from '../features/traits/route.ts'
import { rootRoute, signedInRoute } from '../shared/routes.ts'
import { PageLoading } from '../shared/ui/loading.tsx'
import { NotFound } from '../shared/ui/not-found.tsx'
import { PageFailed } from '../shared/ui/page-failed.tsx'
import { GateFailed, GateLoading } from './gate.tsx'
import { Shell } from './shell.tsx'

signedInRoute.update({ component: Shell, pendingComponent: GateLoading, errorComponent: GateFailed })

const routeTree = rootRoute.addChildren([
  signInRoute,
  joinRoute,
  resetRoute,
  signedInRoute.addChildren([
    overviewRoute,
    ...sourcesRoutes,
    debuggerRoute,
    destinationsRoute,
    addDestinationRoute,
    destinationRoute.addChildren([...DESTINATION_TABS, deliveryTab]),
    ...DELIVERY_ROUTES,
    ...audiencesRoutes,
    ...traitsRoutes,
    ...eventsRoutes,
    ...profilesRoutes,
    ...privacyRoutes,
    settingsRoutes,
    helpIndexRoute,
    helpRoute,
  ]),
])

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: '/app',
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // Nothing to be seen is shorter than what stands in its place would be.
    defaultPendingMs: 300,
    defaultPendingMinMs: 200,
    defaultPendingComponent: PageLoading,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: NotFound,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
