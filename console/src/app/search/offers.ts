/** What a text may be that no list has: somebody's id, an event's id. Pure. */
import type { Target } from './find.ts'

export interface Offer extends Target {
  readonly label: string
  readonly detail: string
}

export interface Offers {
  /** Such as have the form of what is offered: before everything that is found. */
  readonly likely: readonly Offer[]
  /** Such as may be: after everything that is found. */
  readonly possible: readonly Offer[]
  /** It has the form of a request's id, which no view has. */
  readonly isRequest: boolean
}

const EMAIL = /^[^\s@]+@[^\s@]+$/
const PHONE = /^\+?\d[\d ().-]{5,}\d$/
/** `phone:+15550100`, `user_id:42`, or a profile's own id. */
const TYPED_ID = /^(?:use_\S+|[a-z][a-z0-9_]*:\S.*)$/
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** How Segment's SDKs begin the ids of their events. */
const SDK = /^(?:ajs|node|analytics|android|ios|swift|kotlin)[a-z-]*-\S{8,}$/i
/** As `src/api/request-id.ts` makes them. */
const REQUEST = /^[0-9a-f]{24}$/
/** Characters: a longer one is refused with its event. */
const MESSAGE_ID_MAX = 100
const LENGTH_MIN = 2

/** @param space where somebody is looked for; the first one when undefined */
export function offersOf(text: string, { mayRead, space }: { mayRead: boolean; space: string | undefined }): Offers {
  const typed = text.trim()
  const isRequest = REQUEST.test(typed)
  if (!mayRead || typed.length < LENGTH_MIN) return { likely: [], possible: [], isRequest }
  const isPerson = EMAIL.test(typed) || (PHONE.test(typed) && !UUID.test(typed)) || TYPED_ID.test(typed)
  const isEvent = !isPerson && (UUID.test(typed) || SDK.test(typed))
  const isOneWord = !/\s/.test(typed)
  const profile: Offer = {
    label: `Find a profile with ${typed}`,
    detail: 'By any id: email address, phone, user id, anonymous id',
    to: '/profiles',
    search: { ...(space === undefined ? {} : { space }), q: typed },
  }
  const event: Offer = {
    label: `Explain the event ${typed}`,
    detail: 'By its messageId: every step, and why',
    to: '/events/$messageId',
    params: { messageId: typed },
  }
  const mayBeEvent = isOneWord && !isPerson && typed.length <= MESSAGE_ID_MAX
  return {
    likely: isPerson ? [profile] : isEvent ? [event] : [],
    possible: [...(mayBeEvent && !isEvent ? [event] : []), ...(isPerson || !isOneWord ? [] : [profile])],
    isRequest,
  }
}
