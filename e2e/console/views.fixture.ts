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
 * @param ids by the beginning of an address, what stands in place of its parameter
 * @throws Error for a route whose parameter is not known: the test that made the workspace has to name one
 */
export async function everyView(ids: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const inside = (await everyRoute()).filter((path) => !OUTSIDE.includes(path))
  return inside.map((path) => {
    const [start = '', name] = path.split('$')
    if (name === undefined) return path
    const id = ids[start]
    if (id === undefined) throw new Error(`name an id for ${start} in the workspace of the walk, to see ${path}`)
    return path.replace(/\$\w+/, encodeURIComponent(id))
  })
}

/** Waits until nothing on the page is still being loaded. */
export async function whenLoaded(page: Page): Promise<void> {
  await page.locator('#main h1, main h1').first().waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}
