/**
 * A text that is typed into the address. The address follows some moments after each key, so a field that shows what
 * the address has would put back old letters, and the caret at the end. What is typed counts, until the address has
 * something that was not typed here: by going back, or by a button that empties it. Pure.
 */
export interface AddressText {
  readonly text: string
  /** What the address had last. */
  readonly seen: string
  /** What was typed and is on its way to the address, oldest first. */
  readonly told: readonly string[]
}

export const addressText = (seen: string): AddressText => ({ text: seen, seen, told: [] })

export const typed = ({ seen, told }: AddressText, text: string): AddressText => ({
  text,
  seen,
  told: [...told, text],
})

/** @param seen what the address has now; texts may arrive late, and some never */
export function seenInAddress(state: AddressText, seen: string): AddressText {
  if (seen === state.seen) return state
  const place = state.told.indexOf(seen)
  return place === -1 ? addressText(seen) : { ...state, seen, told: state.told.slice(place + 1) }
}
