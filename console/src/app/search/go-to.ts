import { type NavigateOptions, useRouter } from '@tanstack/react-router'
import type { Target } from './find.ts'

/**
 * Leaves the search for what was chosen. Whoever opened it from within a view that stays (its tabs, another search in it) goes
 * on at the title of what was chosen, and not where they were.
 * @param close gives the focus back
 */
export function useGoTo(close: () => void): (target: Target) => Promise<void> {
  const router = useRouter()
  return async ({ to, params = {}, search = {} }) => {
    close()
    await router.navigate({ to, params, search } as NavigateOptions)
    if (document.activeElement?.matches('#main :is(input, textarea)') !== true)
      document.querySelector<HTMLElement>('#main h1')?.focus({ preventScroll: true })
  }
}
