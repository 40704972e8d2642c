/**
 * What destinations are told when a computation changes for a profile: identify and track calls as Segment makes them.
 * `segment.md` 4.5 and 4.6. Pure.
 */
import { hash } from 'node:crypto'
import { formatIso, type NormalisedEvent } from '../spec/index.ts'
import type { IdSyncRule } from '../workspace/index.ts'
import { type IdsOfCall, idsOfCalls } from './id-sync.ts'
import type { Told } from './people-step.ts'

const MESSAGE_PREFIX = 'personas_'
const MESSAGE_NUMBER_DIGITS = 12
const NUMBERED = /^personas_([0-9a-f]{12})[\w-]{20}$/

/** The anonymous id of somebody who has none, and no `user_id` either. */
export const namelessOf = (profile: number): string => `use_${profile}`

/** One computation at one destination instance. */
export interface OutputTarget {
  readonly spaceId: string
  readonly computationId: string
  readonly kind: 'audience' | 'trait'
  readonly destinationId: string
  /** What it is said by; of accounts, `group`. */
  readonly form: 'identify' | 'track' | 'group'
  /** Names of the track calls of an audience. */
  readonly enteredEvent: string
  readonly exitedEvent: string
  /** Custom traits that go along. */
  readonly enrichTraits: readonly string[]
  /** Which ids go along. Absent: each name with each address. */
  readonly idSync?: readonly IdSyncRule[]
  /** Absent: as it happens. */
  readonly everyMinutes?: number
  /** Of what it is not told: that somebody comes in, or leaves. Absent: it is told of both. */
  readonly silentOn?: readonly ('entries' | 'exits')[]
}

/**
 * Calls for one change: one for each name and address the profile is known by, or for the ids that the target's rules say;
 * of an account, one for each of its group ids.
 * @param runId makes them others than those that told the same before
 */
export function outputsOf(
  { profile, collection, change, ids, traits }: Told,
  target: OutputTarget,
  receivedAtMs: number,
  runId = '',
): readonly NormalisedEvent[] {
  const { idSync = [] } = target
  const isExit = change.value === (target.kind === 'audience' ? false : null)
  if (target.silentOn?.includes(isExit ? 'exits' : 'entries') === true) return []
  const enriched = Object.fromEntries(
    target.enrichTraits.flatMap((name) => {
      const value = traits.get(name)?.value ?? null
      return value === null ? [] : [[name, value]]
    }),
  )
  const at = formatIso(change.atMs)
  const telling = JSON.stringify([profile, change.number, change.key, change.value, runId])
  const digest = hash('sha256', textOf(target) + telling, 'hex')
  const receivedAt = formatIso(receivedAtMs)
  // Somebody who is known by an address only still needs a name of their own.
  const nameless = namelessOf(profile)
  const call = (name: object, own: readonly unknown[], content: object) => {
    const rest = hash('sha256', digest + JSON.stringify([name, ...own]), 'base64url')
    const event: unknown = {
      messageId: `${MESSAGE_PREFIX}${digest.slice(0, MESSAGE_NUMBER_DIGITS)}${rest.slice(0, 20)}`,
      ...name,
      ...content,
      integrations: { All: false, [target.destinationId]: true },
      timestamp: at,
      originalTimestamp: at,
      sentAt: receivedAt,
      receivedAt,
      channel: 'server',
      projectId: target.spaceId,
      version: 2,
    }
    return event as NormalisedEvent
  }
  if (collection === 'accounts') {
    // A call is somebody's: an account has no person's id.
    const content = {
      type: 'group',
      traits: { ...enriched, [change.key]: change.value },
      context: aboutOf(target, change.key),
    }
    return groupIdsOf(ids, nameless).map((groupId) => call({ anonymousId: nameless, groupId }, [], content))
  }
  return idsOfCalls(ids, idSync, isExit, nameless).map((idsOfCall) => {
    const { name, email, others } = partsOf(idsOfCall, nameless)
    const content = contentOf(target, change, { ...enriched, ...mapped(idsOfCall, idSync) }, email, others)
    return call(name, [email, ...others], content)
  })
}

/** An account that is known by other ids only is called by its own name. */
function groupIdsOf(ids: Told['ids'], nameless: string): readonly string[] {
  const found = ids.flatMap(({ type, value }) => (type === 'group_id' ? [value] : []))
  return found.length === 0 ? [nameless] : found
}

const texts = new WeakMap<OutputTarget, string>()

/** Worked out once for each target. */
function textOf(target: OutputTarget): string {
  let text = texts.get(target)
  if (text === undefined) {
    text = JSON.stringify(target)
    texts.set(target, text)
  }
  return text
}

/** Where each id has its place in a call; `others` are those that only rules bring. */
function partsOf(call: IdsOfCall, nameless: string) {
  const idOf = (type: string) => call.find((id) => id.type === type)?.value
  const [userId, anonymousId] = [idOf('user_id'), idOf('anonymous_id')]
  const name = {
    ...(userId === undefined ? {} : { userId }),
    ...(anonymousId === undefined ? {} : { anonymousId }),
  }
  return {
    name: Object.keys(name).length === 0 ? { anonymousId: nameless } : name,
    email: idOf('email'),
    others: call.filter(({ type }) => !PLACED.has(type)),
  }
}
const PLACED: ReadonlySet<string> = new Set(['user_id', 'anonymous_id', 'email'])

const mapped = (call: IdsOfCall, rules: readonly IdSyncRule[]) =>
  Object.fromEntries(
    call.flatMap(({ type, value }) => {
      const mapTo = rules.find(({ externalId }) => externalId === type)?.mapTo
      return mapTo === undefined ? [] : [[mapTo, value]]
    }),
  )

/** What the calls of one change have in common: from 0 to 2^48 - 1. Undefined for a message that is none of them. */
export function messageNumberOf(messageId: string): number | undefined {
  const found = NUMBERED.exec(messageId)?.[1]
  return found === undefined ? undefined : Number.parseInt(found, 16)
}

function contentOf(
  target: OutputTarget,
  { key, value }: Told['change'],
  enriched: Readonly<Record<string, unknown>>,
  email: string | undefined,
  others: IdsOfCall,
) {
  const { kind, form, enteredEvent, exitedEvent } = target
  const address = email === undefined ? {} : { email }
  const externalIds = others.map(({ type, value: id }) => ({ id, type, collection: 'users', encoding: 'none' }))
  const about = { ...aboutOf(target, key), ...(externalIds.length === 0 ? {} : { externalIds }) }
  if (form === 'identify') {
    return { type: 'identify', traits: { ...enriched, ...address, [key]: value }, context: about }
  }
  const event = kind === 'trait' ? 'Trait Computed' : value === true ? enteredEvent : exitedEvent
  const named = kind === 'trait' ? { trait_key: key } : { audience_key: key }
  const context = { ...about, ...(email === undefined ? {} : { traits: address }) }
  return { type: 'track', event, properties: { ...enriched, ...named, [key]: value }, context }
}

const aboutOf = ({ kind, computationId, spaceId }: OutputTarget, key: string) => ({
  personas: {
    computation_class: kind,
    computation_id: computationId,
    computation_key: key,
    namespace: spaceId,
    space_id: spaceId,
  },
})
