import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { type RangeName, rangeIn } from '../../shared/range.ts'
import { signedInRoute } from '../../shared/routes.ts'
import { destinationRoute } from '../destinations/route.ts'

export interface DeliverySearch {
  readonly range?: RangeName
  /** Id of the mapping whose deliveries are counted; all when undefined. */
  readonly mapping?: string
  /** Of dead letters whose samples are open. */
  readonly reason?: string
}

const reasonIn = ({ reason }: Readonly<Record<string, unknown>>) => ({
  reason: typeof reason === 'string' ? reason : undefined,
})

const deliveryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/delivery',
  component: lazyRouteComponent(() => import('./delivery-page.tsx'), 'DeliveryPage'),
})

/** A tab of a destination. */
export const deliveryTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/delivery',
  validateSearch: (search: Record<string, unknown>): DeliverySearch => ({
    ...rangeIn(search),
    ...reasonIn(search),
    mapping: typeof search['mapping'] === 'string' ? search['mapping'] : undefined,
  }),
  component: lazyRouteComponent(() => import('./delivery-tab.tsx'), 'DeliveryTab'),
})

const newReplayRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/destinations/$id/replay',
  validateSearch: (search: Record<string, unknown>): { reason?: string } => reasonIn(search),
  component: lazyRouteComponent(() => import('./new-replay-page.tsx'), 'NewReplayPage'),
})

const replaysRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/replays',
  component: lazyRouteComponent(() => import('./replays-page.tsx'), 'ReplaysPage'),
})

const replayRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/replays/$replay',
  component: lazyRouteComponent(() => import('./replay-page.tsx'), 'ReplayPage'),
})

export const DELIVERY_ROUTES = [deliveryRoute, newReplayRoute, replaysRoute, replayRoute] as const
