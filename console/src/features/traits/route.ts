import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'
import { oneSearch, spaceSearch } from '../computations/kinds.ts'

const at = { getParentRoute: () => signedInRoute, validateSearch: spaceSearch }
const pages = () => import('./pages.tsx')

export const traitsRoutes = [
  createRoute({ ...at, path: '/traits', component: lazyRouteComponent(pages, 'TraitsPage') }),
  createRoute({ ...at, path: '/traits/deleted', component: lazyRouteComponent(pages, 'DeletedTraitsPage') }),
  createRoute({ ...at, path: '/traits/new', component: lazyRouteComponent(pages, 'NewTraitPage') }),
  createRoute({
    ...at,
    path: '/traits/$id',
    validateSearch: oneSearch,
    component: lazyRouteComponent(pages, 'TraitPage'),
  }),
  createRoute({ ...at, path: '/traits/$id/edit', component: lazyRouteComponent(pages, 'EditTraitPage') }),
] as const
