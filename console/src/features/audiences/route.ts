import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'
import { oneSearch, spaceSearch } from '../computations/kinds.ts'

const at = { getParentRoute: () => signedInRoute, validateSearch: spaceSearch }
const pages = () => import('./pages.tsx')

export const audiencesRoutes = [
  createRoute({ ...at, path: '/audiences', component: lazyRouteComponent(pages, 'AudiencesPage') }),
  createRoute({ ...at, path: '/audiences/deleted', component: lazyRouteComponent(pages, 'DeletedAudiencesPage') }),
  createRoute({ ...at, path: '/audiences/new', component: lazyRouteComponent(pages, 'NewAudiencePage') }),
  createRoute({
    ...at,
    path: '/audiences/$id',
    validateSearch: oneSearch,
    component: lazyRouteComponent(pages, 'AudiencePage'),
  }),
  createRoute({ ...at, path: '/audiences/$id/edit', component: lazyRouteComponent(pages, 'EditAudiencePage') }),
] as const
