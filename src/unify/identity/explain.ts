/** How a profile came to be what it is, in sentences. Pure. They name ids: only for those who may see them. */
import { formatIso, ID_CHARS_MAX } from '../../spec/index.ts'
import { limitText } from '../../workspace/index.ts'
import { EXTERNAL_IDS_MAX } from './external-ids.ts'
import { type Cause, type ExternalId, MAPPINGS_MAX, MERGES_MAX } from './profile.ts'
import type { Conflict, RefusedId } from './refusals.ts'
import type { Decision } from './resolve.ts'

/** A decision as it is kept, see `recordKeyOf`. */
export interface IdentityRecord {
  readonly cause: Cause
  readonly decision: Decision
}

export interface ExplainedLine {
  readonly position: number
  readonly text: string
}

/**
 * The name under which a record is kept for `explain`; `undefined` when there is nothing to keep, as for most events: they
 * only meet a profile that is there. Of records with one name the first is enough: a device that two persons share is
 * refused with every event of the second one, and told once.
 */
export function recordKeyOf({ cause, decision }: IdentityRecord): string | undefined {
  if (decision.kind === 'none') return undefined
  if (decision.kind !== 'add' || decision.ids.length > 0) return `${decision.profileId} ${cause.position}`
  if (decision.refused.length === 0) return undefined
  return JSON.stringify([
    decision.profileId,
    ...decision.refused.map(({ type, value, reason }) => [type, value, reason]),
  ])
}

/**
 * @param profileId the profile as it is now
 * @param records in any order, those of the profiles that became part of it included
 * @param called how people call a profile of an id
 */
export function explainProfile(
  profileId: string,
  records: readonly IdentityRecord[],
  called: (profileId: string) => string,
): ExplainedLine[] {
  return [...records]
    .sort((a, b) => a.cause.position - b.cause.position)
    .flatMap(({ cause, decision }) =>
      sentencesOf(decision, profileId, called).map((text) => ({
        position: cause.position,
        text: `${formatIso(cause.atMs)} event ${cause.messageId} ${text}`,
      })),
    )
}

function sentencesOf(decision: Decision, profileId: string, called: (profileId: string) => string): string[] {
  const refusals = decision.refused.map((refused) => refusalText(refused, called))
  if (decision.kind === 'none') return refusals
  const where =
    decision.profileId === profileId ? 'this profile' : `profile ${called(decision.profileId)} (now part of this one)`
  const sentences: string[] = []
  if (decision.kind === 'create') sentences.push(`created ${where} with ${listText(decision.ids)}.`)
  if (decision.kind === 'merge') {
    const found = decision.merged.map(({ profileId: id, by }) => `profile ${called(id)} (found by ${idText(by)})`)
    sentences.push(`merged ${joined(found)} into ${where} (found by ${idText(decision.by)}), the oldest of them.`)
  }
  if (decision.kind !== 'create' && decision.ids.length > 0)
    sentences.push(`added ${listText(decision.ids)} to ${where}.`)
  return [...sentences, ...refusals]
}

export function refusalText(refused: RefusedId, called: (profileId: string) => string): string {
  const id = idText(refused)
  switch (refused.reason) {
    case 'blocked': {
      const rule = 'exact' in refused.by ? `"${refused.by.exact}"` : `the expression ${refused.by.regex}`
      return `carried ${id}, which was not used: the rules block ${rule}.`
    }
    case 'too_long':
      return `carried ${refused.type} ${refused.value}…, which was not used: it has more than ${ID_CHARS_MAX} characters.`
    case 'malformed':
      return `carried ${id.trim() || 'an external id'} that was not used: it is not an id as it must be.`
    case 'too_many':
      return `carried more than ${EXTERNAL_IDS_MAX} external ids; those from ${id} on were not looked at.`
    case 'full':
      return `carried ${id}, which was not added: the profile has ${MAPPINGS_MAX} ids, which is the most there can be.`
    case 'demoted': {
      const stays = refused.heldBy === undefined ? '' : ` It stayed with profile ${called(refused.heldBy)}.`
      return `carried ${id}, which was left out: with it, ${conflictText(refused.conflict)}.${stays}`
    }
  }
}

function conflictText(conflict: Conflict): string {
  if (conflict.kind === 'merges')
    return `a profile would have taken in ${conflict.count} others, and ${MERGES_MAX} is the most`
  if (conflict.kind === 'mappings')
    return `a profile would have had ${conflict.count} ids, and ${MAPPINGS_MAX} is the most`
  return `a profile would have had ${conflict.values} values of ${conflict.type}, and ${limitText(conflict.limit)} is the most`
}

const idText = ({ type, value }: ExternalId): string => `${type} ${value}`

const listText = (ids: readonly ExternalId[]): string => joined(ids.map(idText))

const joined = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
