import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { type RangeName, rangeIn } from '../../shared/range.ts'
import { signedInRoute } from '../../shared/routes.ts'

export interface DeliverySearch {
  readonly range?: RangeName
  /** Of dead letters whose samples are open. */
  readonly reason?: string
}

const reasonIn = ({ reason }: Readonly<Record<string, unknown>>) => (typeof reason === 'string' ? { reason } : {})

const deliveryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/delivery',
  component: lazyRouteComponent(() => import('./delivery-page.tsx'), 'DeliveryPage'),
})

const destinationDeliveryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/destinations/$id/delivery',
  validateSearch: (search: Record<string, unknown>): DeliverySearch => ({ ...rangeIn(search), ...reasonIn(search) }),
  component: lazyRouteComponent(() => import('./destination-delivery-page.tsx'), 'DestinationDeliveryPage'),
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

export const DELIVERY_ROUTES = [
  deliveryRoute,
  destinationDeliveryRoute,
  newReplayRoute,
  replaysRoute,
  replayRoute,
] as const
