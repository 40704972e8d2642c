import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'

/** Help begins with how to use the console. */
export const helpIndexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/help',
  beforeLoad: () => {
    throw redirect({ to: '/help/$page', params: { page: 'console' } })
  },
})

export const helpRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/help/$page',
  component: lazyRouteComponent(() => import('./help-page.tsx'), 'HelpPage'),
})
