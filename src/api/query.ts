/** Query strings as Segment's documentation and as its SDKs write them: segment contract 8.1. Pure. */
import { parse } from 'node:querystring'

/** Parameters read from one query; what comes after them is left out. */
const PARAMETERS_MAX = 1_000
const BRACKETED = /^[A-Za-z]\w*(?:\[\w+\])+$/
/** Up to 100 entries of a list; it may be part of something, such as `filter.eventName`. */
const ENTRY = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\.(\d{1,2})$/

/**
 * `pagination[count]` becomes `pagination.count`. Entries of a list, `groupBy.0` or `groupBy[0]`, come together under the
 * name of the list in the order of their numbers; so does a name that is given more than once.
 */
export function parseQuery(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null)
  const lists = new Map<string, [number, string][]>()
  for (const [name, value = ''] of Object.entries(parse(text, '&', '=', { maxKeys: PARAMETERS_MAX }))) {
    const dotted = BRACKETED.test(name) ? name.replaceAll('[', '.').replaceAll(']', '') : name
    const [, list, number] = ENTRY.exec(dotted) ?? []
    if (list === undefined) query[dotted] = query[dotted] === undefined ? value : [query[dotted], value].flat()
    else
      lists.set(list, [
        ...(lists.get(list) ?? []),
        ...[value].flat().map((each): [number, string] => [Number(number), each]),
      ])
  }
  for (const [list, entries] of lists) {
    const sorted = entries.toSorted(([a], [b]) => a - b).map(([, value]) => value)
    query[list] = [...[query[list] ?? []].flat(), ...sorted]
  }
  return query
}
