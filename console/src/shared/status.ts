/** How everything is doing just now. */
import { queryOptions } from '@tanstack/react-query'
import type { Status } from '../../../src/api/answers/status.ts'

export type { Status } from '../../../src/api/answers/status.ts'

import { getStatus } from '../../../src/api/answers/status.ts'
import { ask } from './api.ts'

/** Counters are to be seen moving, and what waits for a try to be seen tried. */
const REFRESH_MS = 1_000

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: async ({ signal }) => (await ask(getStatus, '/status', { signal })).data,
  refetchInterval: REFRESH_MS,
})

export type DestinationStatus = Status['destinations'][number]
export type BalanceLine = Status['conservation']['lines'][number]

/** Parts of a destination's deliveries, e.g. `pending`; none for one that has had none. */
export const deliveriesOf = ({ conservation }: Status, { number }: Pick<DestinationStatus, 'number'>) =>
  conservation.lines.find((line) => line.equation === 'deliveries' && line.id === String(number))?.parts ?? {}
