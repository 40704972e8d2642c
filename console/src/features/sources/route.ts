/** The addresses of sources. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'
import { debuggerSearch } from '../debugger/search.ts'
import { WAYS, type Way } from './ways.ts'

const sourcesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sources',
  component: lazyRouteComponent(() => import('./sources-page.tsx'), 'SourcesPage'),
})

const addSourceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sources/add',
  component: lazyRouteComponent(() => import('./add-page.tsx'), 'AddPage'),
})

const sourceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/sources/$id',
  component: lazyRouteComponent(() => import('./source-page.tsx'), 'SourcePage'),
})

const setUpTab = createRoute({
  getParentRoute: () => sourceRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { with?: Way } => ({
    with: WAYS.find(({ slug }) => slug === search['with'])?.slug,
  }),
  component: lazyRouteComponent(() => import('./set-up-tab.tsx'), 'SetUpTab'),
})

const debuggerTab = createRoute({
  getParentRoute: () => sourceRoute,
  path: '/debugger',
  validateSearch: debuggerSearch,
  component: lazyRouteComponent(() => import('./debugger-tab.tsx'), 'DebuggerTab'),
})

const destinationsTab = createRoute({
  getParentRoute: () => sourceRoute,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./destinations-tab.tsx'), 'DestinationsTab'),
})

const settingsTab = createRoute({
  getParentRoute: () => sourceRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-tab.tsx'), 'SettingsTab'),
})

export const sourcesRoutes = [
  sourcesRoute,
  addSourceRoute,
  sourceRoute.addChildren([setUpTab, debuggerTab, destinationsTab, settingsTab]),
] as const
