/** Everybody who is in, as a file that a spreadsheet opens: a page at a time, so that any number of people can be in it. */
import { Readable } from 'node:stream'
import * as answers from '../answers/computations.ts'
import { toCsv } from '../csv.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { computationOf, type OfComputation } from './lookup.ts'
import { memberOf } from './members.ts'

/** Members read at once: some milliseconds, in which nobody else is served. */
const PAGE_MEMBERS = 200
/** Types of ids that have a column of their own. */
const OF_PEOPLE = ['user_id', 'email', 'phone', 'anonymous_id']
const OF_ACCOUNTS = ['group_id']

export const memberFileRoutes: Routes = (app, deps, guard) => {
  app.get<OfComputation>(
    '/spaces/:space/:collection/:id/members/export',
    { onRequest: guard('pii:read'), config: answers.exportMembers },
    async ({ params }, reply) => {
      const { number, key, level } = await computationOf(deps, params)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${key}.csv"`)
        .header('x-total-count', await deps.state.people.memberCount(number))
        .send(Readable.from(linesOf(deps, number, level === 'accounts' ? OF_ACCOUNTS : OF_PEOPLE)))
    },
  )
}

/** By profile, so that nobody is in it twice, whoever comes and leaves meanwhile. */
async function* linesOf(
  { state: { people }, clock }: Pick<ApiDeps, 'state' | 'clock'>,
  computation: number,
  types: readonly string[],
): AsyncGenerator<string> {
  yield toCsv([['profile_id', ...types, 'other_ids', 'value', 'since']])
  for (let after = 0; ; ) {
    const rows = await people.members({ computation, after, limit: PAGE_MEMBERS })
    const last = rows.at(-1)
    if (last === undefined) return
    const profiles = await people.profiles(rows.map(({ profile }) => profile))
    yield toCsv(profiles.flatMap((stored) => (stored === null ? [] : [lineOf(stored, computation, types)])))
    after = last.profile
    await clock.turn()
  }
}

function lineOf(stored: Parameters<typeof memberOf>[0], computation: number, types: readonly string[]): string[] {
  const { profileId, externalIds, value, since } = memberOf(stored, computation)
  const others = externalIds.filter(({ type }) => !types.includes(type)).map(({ type, id }) => `${type}:${id}`)
  return [
    profileId,
    ...types.map((type) =>
      externalIds
        .filter((each) => each.type === type)
        .map(({ id }) => id)
        .join(' '),
    ),
    others.join(' '),
    typeof value === 'string' ? value : JSON.stringify(value),
    since ?? '',
  ]
}
