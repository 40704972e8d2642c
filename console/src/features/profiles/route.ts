import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedInRoute } from '../../shared/routes.ts'

const at = { getParentRoute: () => signedInRoute }
type Given = Record<string, unknown>

const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '')
const spaceOf = ({ space }: Given): { space?: string } => (typeof space === 'string' ? { space } : {})

export const PROFILE_TABS = ['events', 'traits', 'identifiers', 'history', 'audiences'] as const
export type ProfileTab = (typeof PROFILE_TABS)[number]

export const profilesRoutes = [
  createRoute({
    ...at,
    path: '/profiles',
    validateSearch: (given: Given): { space?: string; q?: string } => ({
      ...spaceOf(given),
      ...(textOf(given['q']) === '' ? {} : { q: textOf(given['q']) }),
    }),
    component: lazyRouteComponent(() => import('./search-page.tsx'), 'SearchPage'),
  }),
  createRoute({
    ...at,
    path: '/profiles/$lookup',
    validateSearch: (given: Given): { space?: string; tab?: ProfileTab; cursor?: string } => {
      const tab = PROFILE_TABS.find((each) => each === given['tab'])
      const { cursor } = given
      return {
        ...spaceOf(given),
        ...(tab === undefined ? {} : { tab }),
        ...(typeof cursor === 'string' ? { cursor } : {}),
      }
    },
    component: lazyRouteComponent(() => import('./profile-page.tsx'), 'ProfilePage'),
  }),
] as const
