/** External ids as people read them. Pure. */
interface Id {
  readonly type: string
  readonly id: string
}

/** What somebody is called by first, best first. */
const BEST = ['email', 'user_id', 'group_id', 'phone', 'anonymous_id']

/** The id by which people know somebody best; undefined for no ids. */
export function bestOf(ids: readonly Id[]): Id | undefined {
  const rank = ({ type }: Id) => (BEST.includes(type) ? BEST.indexOf(type) : BEST.length)
  return ids.toSorted((a, b) => rank(a) - rank(b))[0]
}

/** `anonymous_id` as `anonymous id`. */
export const typeText = (type: string) => type.replaceAll('_', ' ')

/** Which types a text was looked for as: `email, user id or anonymous id`. */
export function lookedForText(ids: readonly Id[]): string {
  const types = [...new Set(ids.map(({ type }) => typeText(type)))]
  const last = types.at(-1) ?? 'nothing'
  return types.length < 2 ? last : `${types.slice(0, -1).join(', ')} or ${last}`
}
