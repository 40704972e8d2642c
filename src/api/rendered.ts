import { eventFor } from '../connections/index.ts'
import type { RenderedRequest } from '../destinations/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { DeliveryId } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { ApiDeps } from './deps.ts'

export interface RenderedNow {
  readonly request: RenderedRequest | null
  /** Why there is no request. */
  readonly problem: string | null
}

/** The request that a delivery would be made with by today's mapping and settings, secrets masked. Nothing is sent. */
export async function renderedNow(
  deps: Pick<ApiDeps, 'catalog' | 'runner' | 'log' | 'state'>,
  instance: DestinationInstance,
  id: DeliveryId,
): Promise<RenderedNow> {
  const subscription = instance.subscriptions.find((each) => each.number === id.route)
  const entry = deps.catalog.find(instance.kind)
  if (subscription === undefined) return none(id.route < 0 ? 'It is an erasure call.' : 'The mapping was deleted.')
  if (entry === undefined) return none('The catalog does not have its destination.')
  const body = deps.log.reader.get(id.position)?.body ?? (await deps.state.detail(id))?.body
  if (body == null) return none('The event is no longer in the log.')
  const { action, mapping } = subscription
  const event = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString()) as NormalisedEvent
  const seen = eventFor(instance, event)
  if ('problem' in seen) return none(seen.problem)
  const run = { action, settings: instance.settings, mapping, event: seen.event }
  const { request, problem } = await deps.runner.preview(entry, run)
  return { request, problem }
}

const none = (problem: string): RenderedNow => ({ request: null, problem })
