/** What a deletion would do now, before it is asked for: of user ids, and of a person with all their ids. */
import { type Static, Type } from 'typebox'
import { profileKey } from '../connections/index.ts'
import { type UserKey, userKeyOf } from '../spec/index.ts'
import { type ExternalId, idKey, mergedNumbers, namelessOf, type Person } from '../unify/index.ts'
import * as answers from './answers/regulations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { searchLedger } from './ledger-search.ts'
import { personToErase, subjectsOf } from './profile-erasure.ts'
import { SubjectIds } from './regulations.ts'
import { sharedAccounts } from './shared-accounts.ts'

/** Deliveries that are counted before it is said that there are at least so many. */
const COUNTED_MAX = 10_000

const Preview = Type.Object({ subjectIds: SubjectIds }, { additionalProperties: false })

export const deletionPreviewRoutes: Routes = (app, deps, guard) => {
  app.post<{ Body: Static<typeof Preview> }>(
    '/regulations/preview',
    { onRequest: guard('regulations:write'), config: answers.previewRegulation, schema: { body: Preview } },
    async ({ body }) => ({ data: await ofUserIds(deps, [...new Set(body.subjectIds)]) }),
  )

  app.get<{ Params: { space: string; lookup: string } }>(
    '/spaces/:space/profiles/:lookup/deletion-preview',
    { onRequest: guard('regulations:write'), config: answers.previewProfileDeletion },
    async ({ params }) => {
      const { space, person } = await personToErase(deps, params)
      return { data: await ofPerson(deps, space.id, person) }
    },
  )
}

async function ofUserIds(deps: ApiDeps, userIds: readonly string[]): Promise<answers.RegulationPreview> {
  const ids = userIds.map((value) => ({ type: 'user_id', value }))
  const found = await profilesOf(deps, () => ids)
  const isKnown = (_: string, at: number) => found.some(({ numbers }) => numbers[at] !== null)
  return {
    people: userIds.length,
    known: userIds.filter(isKnown).length,
    spaces: shownSpaces(deps, found),
    ...(await atDestinations(deps, { areTold: true, userKeys: userIds.map((userId) => userKeyOf({ userId })) })),
  }
}

async function ofPerson(deps: ApiDeps, spaceId: string, person: Person): Promise<answers.RegulationPreview> {
  const { identity, records } = person
  const { users, others } = subjectsOf(identity.ids)
  // By a user id they are erased in every space; by other ids in the one whose rules made them theirs.
  const found = await profilesOf(deps, (id) => (id === spaceId ? [...users, ...others] : users))
  const userKeys = [
    ...users.map(({ value }) => userKeyOf({ userId: value })),
    ...others.flatMap(({ type, value }) => (type === 'anonymous_id' ? [userKeyOf({ anonymousId: value })] : [])),
    ...[Number(identity.id), ...mergedNumbers(records)].map((each) => userKeyOf({ anonymousId: namelessOf(each) })),
  ]
  return {
    people: 1,
    known: 1,
    spaces: shownSpaces(deps, found),
    ...(await atDestinations(deps, { areTold: users.length > 0, userKeys })),
  }
}

interface InSpace {
  readonly spaceId: string
  /** Of each id the profile that it leads to. */
  readonly numbers: readonly (number | null)[]
}

async function profilesOf(
  deps: ApiDeps,
  idsIn: (spaceId: string) => readonly ExternalId[],
): Promise<readonly InSpace[]> {
  const found: InSpace[] = []
  for (const { id } of deps.config().spaces) {
    const keys = idsIn(id).map((each) => profileKey(deps.hash, id, idKey('users', each)))
    found.push({ spaceId: id, numbers: await deps.state.people.profilesByIds(keys) })
  }
  return found
}

const shownSpaces = (deps: ApiDeps, found: readonly InSpace[]): answers.RegulationPreview['spaces'] =>
  found.flatMap(({ spaceId, numbers }) => {
    const profiles = new Set(numbers.filter((number) => number !== null)).size
    return profiles === 0 ? [] : [{ spaceId, name: deps.config().sources.get(spaceId)?.name ?? spaceId, profiles }]
  })

async function atDestinations(
  deps: ApiDeps,
  { areTold, userKeys }: { areTold: boolean; userKeys: readonly UserKey[] },
): Promise<Pick<answers.RegulationPreview, 'destinations' | 'isWaitingComplete'>> {
  const lanes = new Set(userKeys.map((key) => deps.hash.lane(key)))
  const { rows, next } = await searchLedger(
    deps,
    { query: { state: 'pending' }, isRowWanted: ({ lane, route }) => route > 0 && lanes.has(lane) },
    { before: undefined, count: COUNTED_MAX },
  )
  const waiting = Map.groupBy(rows, ({ instance }) => instance)
  const sharesAccountWith = sharedAccounts(deps)
  return {
    destinations: [...deps.config().destinations.values()].map(({ id, name, number, kind, enabled }) => ({
      destinationId: id,
      name,
      isTold: areTold && enabled && deps.catalog.find(kind)?.shape.canDelete === true,
      sharesAccountWith: sharesAccountWith(id),
      waiting: waiting.get(number)?.length ?? 0,
    })),
    isWaitingComplete: next === null,
  }
}
