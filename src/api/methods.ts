/** Which routes an address has, so that a wrong method is not taken for a wrong address. Pure. */
import type { DeclaredRoute } from './accounts/guard.ts'

/** Of all methods. @param path as it came, with or without what stands behind `?` */
export function routesAt<Route extends Pick<DeclaredRoute, 'url'>>(routes: readonly Route[], path: string): Route[] {
  const parts = partsOf(path.split('?', 1)[0] ?? '')
  return routes.filter(({ url }) => fits(partsOf(url), parts))
}

const partsOf = (path: string): string[] => path.replace(/\/$/, '').split('/')

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*'
  const fixed = isOpen ? pattern.slice(0, -1) : pattern
  if (isOpen ? parts.length < fixed.length : parts.length !== fixed.length) return false
  return fixed.every((each, index) => (each.startsWith(':') ? parts[index] !== '' : parts[index] === each))
}
