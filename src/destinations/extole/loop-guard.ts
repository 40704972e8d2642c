/**
 * Whether a call came from Extole itself: Extole can be a Segment source, and what it says there must not be told to it
 * again. Pure. `extole.md` 11.2.
 *
 * Two signs, either is enough: the write key that was given to Extole belongs to a source of the kind `extole`; or the
 * call's context names Extole as the library or integration that sent it, where one source takes calls of several.
 */
import type { Settings } from '../definition.ts'

const OWN_NAME = /^extole(?![a-z0-9])/i

export function isExtoleEcho(event: object, settings: Settings, sourceKind: string): boolean {
  if (settings['ignoreExtoleSource'] === false) return false
  const { library, integration } = Object(Object(event).context)
  return [sourceKind, Object(library).name, Object(integration).name].some(
    (name) => typeof name === 'string' && OWN_NAME.test(name),
  )
}
