/** What a batch says for all of its events: checked and mended once, however many events there are. */
import type { JsonObject } from './event.ts'
import { inspect } from './inspect.ts'
import { SHARED_BYTES_MAX } from './limits.ts'
import { isObject, jsonBytes } from './normalise.ts'
import type { RejectReason, Warning } from './reasons.ts'
import { repair } from './repair.ts'

export type SharedFields =
  | {
      readonly ok: true
      readonly context: JsonObject | undefined
      readonly integrations: JsonObject | undefined
      readonly warnings: readonly Warning[]
    }
  | {
      readonly ok: false
      readonly reason: RejectReason
      readonly context?: never
      readonly integrations?: never
      readonly warnings: readonly []
    }

/**
 * @returns `undefined` when the batch shares nothing. What it shares may be as large as one event; a larger one refuses
 * every event of the batch, because it would be stored with each of them.
 */
export function sharedFields(context: unknown, integrations: unknown, checkStrings: boolean): SharedFields | undefined {
  if (context == null && integrations == null) return undefined
  // In an event these stand one level down, as they do in this.
  const both = { context: context ?? undefined, integrations: integrations ?? undefined }
  const inspection = inspect(both, checkStrings)
  if (inspection.isTooDeep) return { ok: false, reason: 'too_deep', warnings: [] }
  if (inspection.bytesBound > SHARED_BYTES_MAX && jsonBytes(both) > SHARED_BYTES_MAX) {
    return { ok: false, reason: 'event_too_large', warnings: [] }
  }
  const warnings = new Set<Warning>()
  if (inspection.needsRepair) repair(both, warnings)
  if ((context != null && !isObject(context)) || (integrations != null && !isObject(integrations)))
    warnings.add('context_invalid')
  return {
    ok: true,
    context: isObject(context) ? context : undefined,
    integrations: isObject(integrations) ? integrations : undefined,
    warnings: [...warnings],
  }
}
