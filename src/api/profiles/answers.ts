/** Traits, external ids and links: what is answered from profiles alone. */

import { type ProfileApiDeps, portsOf, type Subject } from './deps.ts'
import { idAnswer, idsShown, linkAnswer } from './identity.ts'
import { currentNumbers, peopleByNumbers } from './lookup.ts'
import { cursorFor, pageOf, pairAsked, pairCursor } from './pages.ts'
import { choiceOf, invalid, limitOf, listOf, textOf } from './query.ts'
import { TRAIT_CLASSES, traitsAnswer, traitsShown } from './traits.ts'

export const TRAITS_LIMIT = { default: 10, max: 200 }
export const LIST_LIMIT = { default: 10, max: 100 }
export const LINKS_LIMIT = { default: 10, max: 20 }

export function traits(_: ProfileApiDeps, { space, person, asked, url }: Subject): object {
  const [of, include, next] = [choiceOf(asked, 'class', TRAIT_CLASSES), listOf(asked, 'include'), textOf(asked, 'next')]
  const [limit, isVerbose] = [limitOf(asked, TRAITS_LIMIT), choiceOf(asked, 'verbose', ['true', 'false']) === 'true']
  const wanted = traitsShown(person, space).filter(
    (trait) => (of === undefined || trait.class === of) && (include === undefined || include.has(trait.name)),
  )
  const page = pageOf(wanted, {
    limit,
    isStart: ({ name }) => next === undefined || name >= next,
    cursorOf: ({ name }) => name,
  })
  return { traits: traitsAnswer(page.items, isVerbose), cursor: cursorFor(url, page, limit) }
}

export function externalIds(_: ProfileApiDeps, { person, asked, url }: Subject): object {
  const [include, limit, next] = [listOf(asked, 'include'), limitOf(asked, LIST_LIMIT), pairAsked(asked)]
  const { ids, collection } = person.identity
  const page = pageOf(
    idsShown(ids).filter(({ held }) => include === undefined || include.has(held.type)),
    {
      limit,
      isStart: ({ held: { addedBy }, index }) =>
        next === undefined || addedBy.position > next[0] || (addedBy.position === next[0] && index >= next[1]),
      cursorOf: ({ held, index }) => pairCursor(held.addedBy.position, index),
    },
  )
  return { data: page.items.map(({ held }) => idAnswer(held, collection)), cursor: cursorFor(url, page, limit) }
}

/** Those linked last come first. */
export async function links(deps: ProfileApiDeps, { space, person, asked, url }: Subject): Promise<object> {
  const [limit, next] = [limitOf(asked, LINKS_LIMIT), textOf(asked, 'next')]
  if (next !== undefined && !/^\d{1,15}$/.test(next)) throw invalid('next', 'is not a cursor of this list')
  const ports = portsOf(deps)
  const numbers = new Set(await currentNumbers(ports, space, person.links.toReversed()))
  // Whom the cursor names may have become part of another since.
  const [from] = next === undefined ? [] : await currentNumbers(ports, space, [Number(next)])
  const page = pageOf([...numbers], {
    limit,
    isStart: (number) => from === undefined || number === from,
    cursorOf: String,
  })
  const to = person.identity.collection === 'users' ? 'accounts' : 'users'
  const linked = await peopleByNumbers(ports, space, to, page.items)
  return { data: linked.map(linkAnswer), cursor: cursorFor(url, page, limit) }
}
