/** Whether deliveries of a mapping go together, and how many. Pure. */
import type { CatalogEntry } from './catalog.ts'
import type { Batching, Settings } from './definition.ts'

/** Events of one batch where neither the mapping nor the destination says how many: Segment's own number. */
export const BATCH_ITEMS_DEFAULT = 1_000
/** No mapping may ask for more. */
export const BATCH_ITEMS_MAX = 10_000
/** Milliseconds for one batch of a destination that does not ask for more. */
export const BATCH_MS_DEFAULT = 30_000

/**
 * A mapping asks for batches with Segment's field `enable_batching`, and says with `batch_size` how large they may be;
 * a destination of ours says it by itself. Null: one by one.
 */
export function batchingOf(
  entry: CatalogEntry,
  action: string,
  mapping: Readonly<Record<string, unknown>>,
  settings: Settings,
): Batching | null {
  if (entry.shape.actions[action]?.canBatch !== true) return null
  const own = entry.batching?.(action, settings) ?? null
  if (own !== null || mapping['enable_batching'] !== true) return own
  const asked = Number(mapping['batch_size'])
  const itemsMax = asked >= 1 ? Math.min(Math.floor(asked), BATCH_ITEMS_MAX) : BATCH_ITEMS_DEFAULT
  return { itemsMin: 1, itemsMax, msMax: BATCH_MS_DEFAULT }
}
