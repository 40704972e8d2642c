import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { type RangeName, rangeIn } from '../../shared/range.ts'
import { signedInRoute } from '../../shared/routes.ts'

export interface OverviewSearch {
  readonly range?: RangeName
  /** Of the destination whose counts are shown over time. */
  readonly destination?: string
  readonly view?: 'table'
  /** Whether the equation is shown of each source and destination. */
  readonly sums?: 'each'
}

export const overviewRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): OverviewSearch => ({
    ...rangeIn(search),
    destination: typeof search['destination'] === 'string' ? search['destination'] : undefined,
    view: search['view'] === 'table' ? 'table' : undefined,
    sums: search['sums'] === 'each' ? 'each' : undefined,
  }),
  component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
})
