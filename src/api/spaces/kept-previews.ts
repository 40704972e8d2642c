/** Previews that were worked out, for who asks for one again, in the shape of Segment's API (segment contract 8.3). */
import type { AudiencePreview } from '../../connections/index.ts'
import type { Level } from '../../engage/index.ts'

/** The oldest goes first. */
export const PREVIEWS_KEPT = 100
/** How long, in milliseconds: a preview has ids of people. */
export const PREVIEW_KEPT_MS = 15 * 60_000

export interface KeptPreview {
  readonly spaceId: string
  readonly kind: string
  readonly level: Level
  /** Position in the log of the last record that was looked through. */
  readonly untilPosition: number
  readonly preview: Preview
}
export type Preview = ReturnType<typeof toPreview>

export class KeptPreviews {
  readonly #kept = new Map<string, { readonly kept: KeptPreview; readonly untilMs: number }>()

  add(kept: KeptPreview, nowMs: number): void {
    this.#forget(nowMs)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= PREVIEWS_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(kept.preview.id, { kept, untilMs: nowMs + PREVIEW_KEPT_MS })
  }

  find(id: string, nowMs: number): KeptPreview | undefined {
    this.#forget(nowMs)
    return this.#kept.get(id)?.kept
  }

  #forget(nowMs: number): void {
    for (const [id, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(id)
  }
}

export function toPreview(
  id: string,
  query: string,
  level: Level,
  { size, untilPosition: _, ...found }: AudiencePreview,
) {
  const type = level === 'accounts' ? 'ACCOUNTS' : 'USERS'
  return {
    id,
    audienceType: type,
    definition: { query, type },
    options: {},
    status: 'COMPLETED',
    size: { count: size, type },
    results: resultsOf(found.sample),
    ...found,
  }
}

/** With those only who are still to be shown. */
export const showing = (preview: Preview, sample: AudiencePreview['sample']): Preview => ({
  ...preview,
  results: resultsOf(sample),
  sample,
})

const resultsOf = (sample: AudiencePreview['sample']) =>
  sample.flatMap(({ externalIds: [first] }) => (first === undefined ? [] : [{ id: first.id }]))
