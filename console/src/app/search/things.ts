/** What the lists have, as entries of the search. Pure. */
import type { Group, User } from '../../../../src/api/answers/accounts.ts'
import type { Computation } from '../../../../src/api/answers/computations.ts'
import type { Replay } from '../../../../src/api/answers/deliveries.ts'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import type { Kind as KindOfComputation } from '../../features/computations/kinds.ts'
import { counted } from '../../shared/format.ts'
import type { Entry } from './find.ts'

interface Named {
  readonly id: string
  readonly name: string
}

interface OfKind extends Named {
  readonly metadata: { readonly name: string }
}

interface Source extends OfKind {
  readonly slug: string
  readonly writeKeys: readonly string[]
}

interface Destination extends OfKind {
  readonly sourceId: string
  readonly subscriptions: readonly Named[]
}

export const sourceEntries = (sources: readonly Source[]): Entry[] =>
  sources.map(({ id, name, slug, writeKeys, metadata }) => ({
    kind: 'source',
    label: name || slug,
    detail: metadata.name,
    ids: [id, ...writeKeys],
    names: [slug],
    to: '/sources/$id',
    params: { id },
  }))

/** @param sourceNames of sources and spaces, by id */
export const destinationEntries = (
  destinations: readonly Destination[],
  sourceNames: ReadonlyMap<string, string>,
): Entry[] =>
  destinations.map(({ id, name, sourceId, metadata }) => ({
    kind: 'destination',
    label: name,
    detail: `${metadata.name}, from ${sourceNames.get(sourceId) ?? sourceId}`,
    ids: [id],
    to: '/destinations/$id',
    params: { id },
  }))

/** @param names of destinations by id, by which they can be told apart */
export const mappingEntries = (destinations: readonly Destination[], names: ReadonlyMap<string, string>): Entry[] =>
  destinations.flatMap(({ id, subscriptions }) =>
    subscriptions.map(
      ({ id: mapping, name }): Entry => ({
        kind: 'mapping',
        label: name,
        detail: destinationNameOf(id, names),
        ids: [mapping],
        to: '/destinations/$id/mappings/$mapping',
        params: { id, mapping },
      }),
    ),
  )

/** Each destination can be given once more what it did not get. @param names of destinations by id */
export const newReplayEntries = (names: ReadonlyMap<string, string>): Entry[] =>
  [...names].map(([id, name]) => ({
    kind: 'newReplay',
    label: `New replay to ${name}`,
    to: '/destinations/$id/replay',
    params: { id },
  }))

export const computationEntries = (space: Space, kind: KindOfComputation, all: readonly Computation[]): Entry[] =>
  all.map(({ id, name, key }) => ({
    kind: kind.kind,
    label: name,
    detail: key,
    ids: [id],
    names: [key],
    to: kind.one,
    params: { id },
    search: { space: space.id },
  }))

export const spaceEntries = (spaces: readonly Space[]): Entry[] =>
  spaces.map(({ id, name, slug }) => ({
    kind: 'space',
    label: name || slug,
    detail: 'Its audiences',
    ids: [id],
    names: [slug],
    to: '/audiences',
    search: { space: id },
  }))

/** @param destinationNames by id */
export const replayEntries = (replays: readonly Replay[], destinationNames: ReadonlyMap<string, string>): Entry[] =>
  replays.map(({ id, kind, destinationId, status, createdAt }) => ({
    kind: 'replay',
    label: `Replay ${id} of ${kind === 'dead' ? 'dead letters' : 'history'}`,
    detail: `${destinationNameOf(destinationId, destinationNames)}, ${status.toLowerCase()}, begun ${createdAt}`,
    ids: [id],
    to: '/replays/$replay',
    params: { replay: id },
  }))

const destinationNameOf = (id: string | null, names: ReadonlyMap<string, string>) =>
  id === null ? 'a destination that was deleted' : (names.get(id) ?? id)

interface Deletion {
  readonly id: string
  readonly subjectCount: number
  readonly createdAt: string
}

export const deletionEntries = (deletions: readonly Deletion[]): Entry[] =>
  deletions.map(({ id, subjectCount, createdAt }) => ({
    kind: 'deletion',
    label: `Deletion of ${counted(subjectCount, 'id')}`,
    detail: `asked for ${createdAt}`,
    ids: [id],
    to: '/privacy/$id',
    params: { id },
  }))

export const userEntries = (users: readonly User[]): Entry[] =>
  users.map(({ id, name, email }) => ({
    kind: 'user',
    label: name,
    detail: email,
    ids: [id],
    names: [email],
    to: '/settings/users/$userId',
    params: { userId: id },
  }))

export const groupEntries = (groups: readonly Group[]): Entry[] =>
  groups.map(({ id, name, memberCount }) => ({
    kind: 'group',
    label: name,
    detail: counted(memberCount, 'member'),
    ids: [id],
    to: '/settings/groups/$groupId',
    params: { groupId: id },
  }))
