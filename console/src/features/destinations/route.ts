/** The addresses of destinations. Another feature hangs a tab of its own on `destinationRoute`. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

export const ADD_STEPS = ['catalog', 'source', 'settings', 'enable', 'test'] as const
export type AddStep = (typeof ADD_STEPS)[number]

export interface AddSearch {
  readonly step?: AddStep
  /** What is looked for in the catalog. */
  readonly q?: string
  readonly category?: string
  /** The kind that was chosen. */
  readonly kind?: string
  readonly source?: string
  /** Of the destination, once it is saved. */
  readonly id?: string
}

export const destinationsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./destinations-page.tsx'), 'DestinationsPage'),
})

export const addDestinationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/destinations/add',
  validateSearch: (search: Record<string, unknown>): AddSearch => ({
    step: ADD_STEPS.find((step) => step === search['step']),
    q: text(search['q']),
    category: text(search['category']),
    kind: text(search['kind']),
    source: text(search['source']),
    id: text(search['id']),
  }),
  component: lazyRouteComponent(() => import('./add/add-page.tsx'), 'AddPage'),
})

export const destinationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/destinations/$id',
  component: lazyRouteComponent(() => import('./destination-page.tsx'), 'DestinationPage'),
})

const overviewTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./overview-tab.tsx'), 'OverviewTab'),
})

const settingsTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings-tab.tsx'), 'SettingsTab'),
})

const testTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/test',
  component: lazyRouteComponent(() => import('./tester/test-tab.tsx'), 'TestTab'),
})

const mappingsTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/mappings',
  component: lazyRouteComponent(() => import('./mappings/mappings-tab.tsx'), 'MappingsTab'),
})

const newMappingPage = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/mappings/new',
  validateSearch: (search: Record<string, unknown>): { action?: string } => ({ action: text(search['action']) }),
  component: lazyRouteComponent(() => import('./mappings/mapping-page.tsx'), 'NewMappingPage'),
})

const mappingPage = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/mappings/$mapping',
  component: lazyRouteComponent(() => import('./mappings/mapping-page.tsx'), 'MappingPage'),
})

const filtersTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/filters',
  component: lazyRouteComponent(() => import('./filters/filters-tab.tsx'), 'FiltersTab'),
})

const newFilterPage = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/filters/new',
  component: lazyRouteComponent(() => import('./filters/filter-page.tsx'), 'NewFilterPage'),
})

const filterPage = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/filters/$filter',
  component: lazyRouteComponent(() => import('./filters/filter-page.tsx'), 'FilterPage'),
})

const eventNamesTab = createRoute({
  getParentRoute: () => destinationRoute,
  path: '/event-names',
  component: lazyRouteComponent(() => import('./event-names/event-names-tab.tsx'), 'EventNamesTab'),
})

/** Tabs of this feature, and what is below them. */
export const DESTINATION_TABS = [
  overviewTab,
  settingsTab,
  mappingsTab,
  newMappingPage,
  mappingPage,
  filtersTab,
  newFilterPage,
  filterPage,
  eventNamesTab,
  testTab,
] as const
