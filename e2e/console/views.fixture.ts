/** Every view of the console: asked of its router, so that one that is added later is walked by itself. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** Those for people who are not signed in. */
const OUTSIDE = ['/sign-in', '/join', '/reset']

interface Router {
  readonly routesByPath: Readonly<Record<string, { readonly children?: unknown }>>
}

/** Paths as the router writes them, e.g. `/audiences/$id`. */
export async function everyRoute(): Promise<readonly string[]> {
  // By a name that the compiler does not follow: the console is checked by a project of its own.
  const file = join(import.meta.dirname, '../../console/src/app/router.ts')
  const { makeRouter } = (await import(file)) as { makeRouter: (client: unknown) => Router }
  const paths = Object.keys(makeRouter({}).routesByPath).map((path) => (path === '/' ? path : path.replace(/\/$/, '')))
  return [...new Set(paths)]
}

/**
 * Addresses of the views for people who are signed in.
 * @param ids by the beginning of a path as the router writes it, what stands in place of the parameter behind it
 * @throws Error for a route whose parameter is not known: the test that made the workspace has to name one
 */
export async function everyView(ids: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const inside = (await everyRoute()).filter((path) => !OUTSIDE.includes(path))
  return inside.map((path) =>
    path.replace(/\$\w+/g, (name, place: number) => {
      const start = path.slice(0, place)
      const id = ids[start]
      if (id === undefined)
        throw new Error(`name an id for ${start}${name} in the workspace of the walk, to see ${path}`)
      return encodeURIComponent(id)
    }),
  )
}

/** Waits until nothing on the page is still being loaded. */
export async function whenLoaded(page: Page): Promise<void> {
  await page.locator('#main h1, main h1').first().waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

/** Opens a view inside the page, as a link does: what the page knows already it keeps. */
export async function openInside(page: Page, view: string): Promise<void> {
  // The router hangs itself on the window, for the tools of its makers.
  await page.evaluate(`new Promise((resolve) => {
    history.pushState({}, '', ${JSON.stringify(`/app${view}`)})
    const router = self.__TSR_ROUTER__
    const here = location.pathname + location.search
    const look = () => {
      const { status, resolvedLocation } = router.state
      const there = resolvedLocation?.publicHref.split('#')[0]
      if (status === 'idle' && (there === here || location.pathname + location.search !== here)) resolve()
      else setTimeout(look, 10)
    }
    setTimeout(look, 0)
  })`)
}
