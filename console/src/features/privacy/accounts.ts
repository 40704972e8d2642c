/** Destinations that lead to one account are told of a deletion once. Pure. */
interface AtDestination {
  readonly destinationId: string
  readonly sharesAccountWith: readonly string[]
}

/** `Node, JavaScript and Space (one account, told once); Shop`. @param nameOf of a destination */
export function toldText<T extends AtDestination>(told: readonly T[], nameOf: (each: T) => string): string {
  const accounts = Map.groupBy(told, ({ destinationId, sharesAccountWith }) =>
    [destinationId, ...sharesAccountWith].toSorted().join(' '),
  )
  return [...accounts.values()]
    .map((all) => (all.length === 1 ? all.map(nameOf).join() : `${listText(all.map(nameOf))} (one account, told once)`))
    .join('; ')
}

/** `a, b and c`. */
export const listText = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
