/** Who is to be deleted, as it is being written. Pure. */

/** As the API has them: of one call, and characters of one id. */
export const PEOPLE_MAX = 5_000
export const USER_ID_CHARS_MAX = 500
/** What has to be typed before it begins. */
export const CONFIRMATION = 'delete'

export interface DeleteDraft {
  /** One user id in a line. */
  readonly text: string
  /** Whose consequences were looked at; undefined before that. A change of the text takes it back. */
  readonly seen: readonly string[] | undefined
  readonly confirmation: string
}

export type DeleteAction =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'seen' }
  | { readonly type: 'confirmation'; readonly text: string }

export const EMPTY: DeleteDraft = { text: '', seen: undefined, confirmation: '' }

export function reduce(draft: DeleteDraft, action: DeleteAction): DeleteDraft {
  switch (action.type) {
    case 'text':
      return { text: action.text, seen: undefined, confirmation: '' }
    case 'seen':
      return problemOf(draft) === null ? { ...draft, seen: userIdsOf(draft.text) } : draft
    case 'confirmation':
      return { ...draft, confirmation: action.text }
  }
}

/** Each once, with the spaces around it: events have them as they were sent, and `ada` is somebody else than ` ada`. */
export const userIdsOf = (text: string): readonly string[] => [
  ...new Set(text.split(/\r?\n/).filter((line) => line.trim() !== '')),
]

/** Those that begin or end with a space, which may be a slip. */
export const spacedOf = (text: string): readonly string[] => userIdsOf(text).filter((id) => id !== id.trim())

/** Why it cannot be asked for yet; null when it can. */
export function problemOf({ text }: Pick<DeleteDraft, 'text'>): string | null {
  const ids = userIdsOf(text)
  if (ids.length === 0) return 'Write at least one user id.'
  if (ids.length > PEOPLE_MAX) return `There are ${ids.length} user ids, and ${PEOPLE_MAX} is the most at once.`
  const long = ids.find((id) => id.length > USER_ID_CHARS_MAX)
  if (long !== undefined)
    return `A user id has up to ${USER_ID_CHARS_MAX} characters; ${long.slice(0, 20)}… has ${long.length}.`
  return null
}

export const isConfirmed = (typed: string): boolean => typed.trim().toLowerCase() === CONFIRMATION
