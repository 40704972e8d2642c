/** What the spaces that an event's source feeds make of it, by the rules and filters of now. */
import { applyFilters, compiledRulesOf } from '../connections/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { namelessOf, readEvent, refusalText, SKIP_REASONS, type SkipReason } from '../unify/index.ts'
import type { ConfigSnapshot, SpaceConfig } from '../workspace/index.ts'

export interface ExplainedSpace {
  readonly spaceId: string
  readonly name: string
  /** Why it has no part in profiles; null when it has. */
  readonly skipped: SkipReason | null
  readonly why: string | null
  /** Of its ids, those that name nobody, in sentences that say why. */
  readonly refusedIds: readonly string[]
}

export function explainSpaces(config: ConfigSnapshot, sourceId: string, event: NormalisedEvent): ExplainedSpace[] {
  return config.spaces
    .filter(({ sourceIds }) => sourceIds.has(sourceId))
    .map((space) => {
      const { skipped, ids } = readEvent(event, compiledRulesOf(space))
      return {
        spaceId: space.id,
        name: config.sources.get(space.id)?.name ?? space.id,
        skipped: skipped ?? null,
        why: skipped === undefined ? null : (filterWhy(space, event, skipped) ?? SKIP_REASONS[skipped]),
        refusedIds: [...ids.refused.users, ...ids.refused.accounts].map((refused) =>
          refusalText(refused, (profile) => namelessOf(Number(profile))),
        ),
      }
    })
}

/** Which filter it was; undefined where it was none. */
function filterWhy({ filters = [] }: SpaceConfig, event: NormalisedEvent, skipped: SkipReason): string | undefined {
  for (const filter of filters) {
    if (!filter.enabled) continue
    const filtered = applyFilters([{ ...filter, actions: [{ type: 'DROP' }] }], event)
    if (filtered.kind === 'dropped' && skipped === 'space_filter')
      return `The filter "${filter.name}" of the space keeps it out.`
    if (filtered.kind === 'undecided' && skipped === 'space_filter_not_evaluated')
      return `The filter "${filter.name}" of the space cannot be evaluated: ${filtered.problem}. The event was kept out.`
  }
  return undefined
}
