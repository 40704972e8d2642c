/**
 * What destinations are told when a computation changes for a profile: identify and track calls as Segment makes them.
 * `segment.md` 4.5 and 4.6. Pure.
 */
import { hash } from 'node:crypto'
import { formatIso, type NormalisedEvent } from '../spec/index.ts'
import type { Told } from './people-step.ts'

/** One computation at one destination instance. */
export interface OutputTarget {
  readonly spaceId: string
  readonly computationId: string
  readonly kind: 'audience' | 'trait'
  readonly destinationId: string
  readonly form: 'identify' | 'track'
  /** Names of the track calls of an audience. */
  readonly enteredEvent: string
  readonly exitedEvent: string
  /** Custom traits that go along. */
  readonly enrichTraits: readonly string[]
}

/**
 * Calls for one change: one for each name and address the profile is known by.
 * @param runId makes them others than those that told the same before
 */
export function outputsOf(
  { profile, change, ids, traits }: Told,
  target: OutputTarget,
  receivedAtMs: number,
  runId = '',
): readonly NormalisedEvent[] {
  const valuesOf = (type: string) => ids.filter((id) => id.type === type).map(({ value }) => value)
  const [userIds, anonymousIds, emails] = [valuesOf('user_id'), valuesOf('anonymous_id'), valuesOf('email')]
  // Somebody who is known by an address only still needs a name of their own.
  const nameless = anonymousIds.length > 0 ? anonymousIds : [`use_${profile}`]
  const names =
    userIds.length > 0 ? userIds.map((userId) => ({ userId })) : nameless.map((anonymousId) => ({ anonymousId }))
  const enriched = Object.fromEntries(
    target.enrichTraits.flatMap((name) => (Object.hasOwn(traits, name) ? [[name, traits[name]]] : [])),
  )
  const at = formatIso(change.atMs)
  const receivedAt = formatIso(receivedAtMs)
  return names.flatMap((name) =>
    (emails.length > 0 ? emails : [undefined]).map((email): NormalisedEvent => {
      const identity = JSON.stringify([target, profile, change.number, change.key, change.value, name, email, runId])
      return {
        messageId: `personas_${hash('sha256', identity, 'base64url').slice(0, 32)}`,
        ...name,
        ...contentOf(target, change, enriched, email),
        integrations: { All: false, [target.destinationId]: true },
        timestamp: at,
        originalTimestamp: at,
        sentAt: receivedAt,
        receivedAt,
        channel: 'server',
        projectId: target.spaceId,
        version: 2,
      } as NormalisedEvent
    }),
  )
}

function contentOf(
  { kind, form, computationId, spaceId, enteredEvent, exitedEvent }: OutputTarget,
  { key, value }: Told['change'],
  enriched: Readonly<Record<string, unknown>>,
  email: string | undefined,
) {
  const personas = {
    computation_class: kind,
    computation_id: computationId,
    computation_key: key,
    namespace: spaceId,
    space_id: spaceId,
  }
  const address = email === undefined ? {} : { email }
  if (form === 'identify') {
    return { type: 'identify', traits: { ...enriched, ...address, [key]: value }, context: { personas } }
  }
  const event = kind === 'trait' ? 'Trait Computed' : value === true ? enteredEvent : exitedEvent
  const named = kind === 'trait' ? { trait_key: key } : { audience_key: key }
  const context = { personas, ...(email === undefined ? {} : { traits: address }) }
  return { type: 'track', event, properties: { ...enriched, ...named, [key]: value }, context }
}
