import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'
import { debuggerSearch } from './search.ts'

/** Of all sources at once; that of one source is a tab of its page. */
export const debuggerRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/debugger',
  validateSearch: debuggerSearch,
  component: lazyRouteComponent(() => import('./debugger-page.tsx'), 'DebuggerPage'),
})
