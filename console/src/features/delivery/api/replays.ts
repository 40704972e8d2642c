import { queryOptions } from '@tanstack/react-query'
import {
  cancelReplay,
  createReplay,
  getReplay,
  listReplays,
  previewReplay,
  type Replay,
} from '../../../../../src/api/answers/deliveries.ts'
import { ask, part } from '../../../shared/api.ts'
import type { ReplayBody } from '../replay-draft.ts'

const RUNNING_REFRESH_MS = 1_000
const REFRESH_MS = 10_000

const refreshOf = (replays: readonly Replay[]) =>
  replays.some(({ status }) => status === 'RUNNING') ? RUNNING_REFRESH_MS : REFRESH_MS

export const replaysQuery = queryOptions({
  queryKey: ['replays'],
  queryFn: async ({ signal }) => (await ask(listReplays, '/replays', { signal })).data.replays,
  refetchInterval: ({ state }) => refreshOf(state.data ?? []),
})

export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['replays', id],
    queryFn: async ({ signal }) => (await ask(getReplay, `/replays/${part(id)}`, { signal })).data.replay,
    refetchInterval: ({ state }) => (state.data === undefined ? REFRESH_MS : refreshOf([state.data])),
  })

export const previewOf = async ({ ratePerSecond: _, ...body }: ReplayBody) =>
  (await ask(previewReplay, '/replays/preview', { method: 'POST', body })).data

export const beginReplay = async (body: ReplayBody) =>
  (await ask(createReplay, '/replays', { method: 'POST', body })).data.replay

export const endReplay = async (id: string) =>
  (await ask(cancelReplay, `/replays/${part(id)}/cancel`, { method: 'POST' })).data.replay
