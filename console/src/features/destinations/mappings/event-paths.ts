/** The variables that an event has. Pure. */

/** Variables offered; an event can have thousands. */
export const PATHS_MAX = 200

/** Paths as mappings write them, in the order of the event, objects before what is in them. */
export function pathsOf(event: Readonly<Record<string, unknown>>): readonly string[] {
  const found: string[] = []
  const open: (readonly [string, unknown])[] = [['$', event]]
  for (let at = 0; at < open.length && found.length < PATHS_MAX; at++) {
    const [path, value] = open[at] ?? ['$', undefined]
    if (path !== '$') found.push(path)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    for (const [key, inner] of Object.entries(value)) {
      if (!/['".[\]]/.test(key)) open.push([`${path}${step(key)}`, inner])
    }
  }
  return found
}

/** A name with other characters is quoted. One with dots, quotes or brackets cannot be written. */
const step = (key: string) => (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `['${key}']`)
