import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'
import { ledgerSearchOf } from './ledger-search.ts'

const at = { getParentRoute: () => signedInRoute }

interface EventSearch {
  readonly tab?: 'event'
  /** Id of the delivery whose request and answer are open. */
  readonly delivery?: string
}

export const eventsRoutes = [
  createRoute({
    ...at,
    path: '/events',
    validateSearch: ledgerSearchOf,
    component: lazyRouteComponent(() => import('./search-page.tsx'), 'SearchPage'),
  }),
  createRoute({
    ...at,
    path: '/events/$messageId',
    validateSearch: ({ tab, delivery }: Record<string, unknown>): EventSearch => ({
      ...(tab === 'event' ? { tab } : {}),
      // A number in an address is read as one.
      ...(typeof delivery === 'string' || typeof delivery === 'number' ? { delivery: String(delivery) } : {}),
    }),
    component: lazyRouteComponent(() => import('./event-page.tsx'), 'EventPage'),
  }),
] as const
