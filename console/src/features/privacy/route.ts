import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'

const at = { getParentRoute: () => signedInRoute }

export const privacyRoutes = [
  createRoute({ ...at, path: '/privacy', component: lazyRouteComponent(() => import('./list-page.tsx'), 'ListPage') }),
  createRoute({
    ...at,
    path: '/privacy/delete',
    component: lazyRouteComponent(() => import('./delete-page.tsx'), 'DeletePage'),
  }),
  createRoute({
    ...at,
    path: '/privacy/$id',
    component: lazyRouteComponent(() => import('./deletion-page.tsx'), 'DeletionPage'),
  }),
] as const
