import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../shared/routes.ts'

/** Only a path of the console is gone on to: a link from outside must not lead elsewhere. */
const inside = (next: unknown) => (typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {})

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; reset?: true } => ({
    ...inside(search['next']),
    ...(search['reset'] === true ? { reset: true } : {}),
  }),
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
})

/** The invitation stands behind `#token=`, which no server gets to see and no log keeps. */
export const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/join',
  component: lazyRouteComponent(() => import('./join-page.tsx'), 'JoinPage'),
})

/** Where a link to set a new password leads: its secret, too, stands behind `#token=`. */
export const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset',
  component: lazyRouteComponent(() => import('./reset-page.tsx'), 'ResetPage'),
})
