/** How an event finds its person (contract 5). Pure: the store looks up, this decides. */

export const EMAIL_LENGTH_MAX = 256

/** The form emails are compared in, or undefined for text that is no email and so identifies nobody (contract 5.7, 5.10). */
export function normalizeEmail(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > EMAIL_LENGTH_MAX || !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(trimmed)) return undefined
  return trimmed.toLowerCase()
}

/** What identity needs to know of a profile: its id, and its email when it is identified. */
export interface Known {
  readonly id: string
  readonly email: string | undefined
}

export interface Candidates {
  /** The profile named by `person_id`, if it exists. */
  readonly byId: Known | undefined
  /** The event's valid email, normalised. */
  readonly email: string | undefined
  readonly byEmail: Known | undefined
  /** Profiles with the event's partner user id, the most recently attached first. */
  readonly byPartner: readonly Known[]
  /** The person of the first event with the same unique event key. */
  readonly byEventKey: Known | undefined
}

export interface Resolution {
  /** Undefined: make a new person. */
  readonly personId: string | undefined
  /** Set when the person becomes identified by this email. */
  readonly gainsEmail: string | undefined
  /** Profiles that end in this one. Only an unidentified profile is ever absorbed. */
  readonly absorb: readonly string[]
}

/**
 * `person_id` overrides, then email, then partner user id, then a unique event key. Only an email merges: a profile
 * known by its partner id alone becomes identified by a new email, or is absorbed by the profile that has the email.
 * A profile that has another email is left alone: one partner id may belong to several (contract 5.6).
 */
export function resolve(found: Candidates): Resolution {
  const { byId, email, byEmail, byPartner, byEventKey } = found
  if (byId !== undefined) {
    if (email === undefined || byId.email !== undefined) return stay(byId.id)
    return byEmail === undefined || byEmail.id === byId.id
      ? { personId: byId.id, gainsEmail: email, absorb: [] }
      : { personId: byEmail.id, gainsEmail: undefined, absorb: [byId.id] }
  }
  if (email === undefined) return stay(byPartner[0]?.id ?? byEventKey?.id)
  const unidentified = byPartner
    .filter((known) => known.email === undefined && known.id !== byEmail?.id)
    .map((k) => k.id)
  if (byEmail !== undefined) return { personId: byEmail.id, gainsEmail: undefined, absorb: unidentified }
  const [first, ...others] = unidentified
  return { personId: first, gainsEmail: email, absorb: others }
}

function stay(personId: string | undefined): Resolution {
  return { personId, gainsEmail: undefined, absorb: [] }
}
