import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'

export const helpRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/help/$page',
  component: lazyRouteComponent(() => import('./help-page.tsx'), 'HelpPage'),
})
