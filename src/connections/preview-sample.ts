/** Who of a preview is shown: ids of a profile that the space has now, so that nobody is who was erased, then or since. */
import type { Level } from '../engage/index.ts'
import type { PipelineState } from '../state/index.ts'
import { idKey, Person } from '../unify/index.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { profileKey } from './people.ts'

export interface PreviewSample {
  readonly externalIds: readonly { readonly type: string; readonly id: string }[]
  readonly value: unknown
}

export interface SamplePorts {
  readonly state: Pick<PipelineState, 'people'>
  readonly hash: KeyedHash
}

/**
 * Those with at least one id that has led to a profile since what was looked through, with such ids only: whoever comes
 * later with an id of somebody who was erased is not the one whose value it was.
 * @param untilPosition in the log, of the last record that was looked through
 */
export async function presentSample(
  { state, hash }: SamplePorts,
  of: { readonly spaceId: string; readonly level: Level; readonly untilPosition: number },
  sample: readonly PreviewSample[],
): Promise<readonly PreviewSample[]> {
  const nameOf = ({ type, id }: PreviewSample['externalIds'][number]) => idKey(of.level, { type, value: id })
  const names = sample.flatMap(({ externalIds }) => externalIds.map(nameOf))
  const owners = await state.people.profilesByIds(names.map((name) => profileKey(hash, of.spaceId, name)))
  const stored = await state.people.profiles([...new Set(owners.filter((each) => each !== null))])
  const present = new Set(
    stored.flatMap((each) => {
      if (each === null) return []
      const { ids } = Person.decode(each.id, each.document).identity
      return ids
        .filter(({ addedBy }) => addedBy.position <= of.untilPosition)
        .map((id) => idKey(of.level, { type: id.type, value: id.value }))
    }),
  )
  return sample.flatMap(({ externalIds, value }) => {
    const shown = externalIds.filter((id) => present.has(nameOf(id)))
    return shown.length === 0 ? [] : [{ externalIds: shown, value }]
  })
}
