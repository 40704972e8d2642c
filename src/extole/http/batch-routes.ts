/** `/v6/batches` (contract 10.2). */
import { type Batches, batchShown } from '../batches.ts'
import { type Call, filter, objectBody, page, type Route } from './route.ts'

const BATCHES_LIMIT = 100

export function batchRoutes(batches: Batches): Route[] {
  const auth = 'CLIENT_ADMIN'
  const one = '/v6/batches/:batch_id'
  const find = (call: Call) => batches.get(call.params.batch_id ?? '')
  return [
    {
      method: 'POST',
      path: '/v6/batches',
      auth,
      handle: (call) => {
        const zone = call.headers['time-zone']
        return {
          body: batchShown(
            batches.create(objectBody(call), typeof zone === 'string' && zone !== '' ? zone : undefined),
          ),
        }
      },
    },
    {
      method: 'GET',
      path: '/v6/batches',
      auth,
      handle: (call) => {
        const { limit, offset } = page(call, BATCHES_LIMIT)
        const statuses = filter(call, 'statuses')
        const kept = batches.list().filter((batch) => statuses?.has(batch.status) ?? true)
        return { body: kept.slice(offset, offset + limit).map(batchShown) }
      },
    },
    { method: 'GET', path: one, auth, handle: (call) => ({ body: batchShown(find(call)) }) },
    {
      method: 'PUT',
      path: one,
      auth,
      handle: (call) => ({ body: batchShown(batches.update(find(call), objectBody(call))) }),
    },
    {
      method: 'DELETE',
      path: one,
      auth,
      handle: (call) => {
        const batch = find(call)
        batches.remove(batch)
        return { body: batchShown(batch) }
      },
    },
    {
      method: 'POST',
      path: `${one}/cancel`,
      auth,
      handle: (call) => ({ body: batchShown(batches.cancel(find(call))) }),
    },
    {
      method: 'POST',
      path: `${one}/expire`,
      auth,
      handle: (call) => ({ body: batchShown(batches.expire(find(call))) }),
    },
  ]
}
