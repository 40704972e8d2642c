/** The event endpoints (contract 4): sync, async and named, v6 and v5. Validation in the order of contract 4.2. */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { applyEvent, type IncomingEvent } from '../events.ts'
import { isObject, textOf } from '../json.ts'
import type { Reshape } from '../prehandlers.ts'
import { isZone, parseEventTime } from '../time.ts'
import { type Answer, type Call, objectBody, type Route } from './route.ts'

const CONTAINERS = new Set(['production', 'test'])

/** @param reshape runs prehandlers and block rules; throws `event_blocked`. */
export function eventRoutes(context: Context, reshape: Reshape): Route[] {
  const wrapped = (call: Call) => accept(context, reshape, call, false)
  const named = (call: Call) => accept(context, reshape, call, true)
  const sync =
    (handle: typeof wrapped) =>
    (call: Call): Answer => {
      const { eventId, personId } = handle(call)
      return { body: { event_id: eventId, person_id: personId } }
    }
  // The event is applied at once; that its person is not told is what makes it the async answer.
  const queued =
    (handle: typeof wrapped) =>
    (call: Call): Answer => ({ body: { event_id: handle(call).eventId } })
  const v5 =
    (handle: typeof wrapped) =>
    (call: Call): Answer => {
      const { eventId } = handle(call)
      return { body: { id: eventId, polling_id: eventId } }
    }
  const route = { method: 'POST', auth: 'USER_SUPPORT' } as const
  return [
    { ...route, path: '/v6/events', handle: sync(wrapped) },
    { ...route, path: '/v6/events/:event_name', handle: sync(named) },
    { ...route, path: '/v6/async-events', isUnlimited: true, handle: queued(wrapped) },
    { ...route, path: '/v6/async-events/:event_name', isUnlimited: true, handle: queued(named) },
    { ...route, path: '/v5/events', handle: v5(wrapped) },
    { ...route, path: '/v5/events/:event_name', handle: v5(named) },
  ]
}

function accept(context: Context, reshape: Reshape, call: Call, isNamed: boolean) {
  const body = objectBody(call)
  const data = isNamed ? body : dataOf(body)
  const name = isNamed ? call.params.event_name : body.event_name
  if (name === undefined || name === null || (typeof name === 'string' && name.trim() === '')) {
    throw new ExtoleError('missing_event_name')
  }
  if (typeof name !== 'string') throw new ExtoleError('binding_error', { field: 'event_name' })
  const zone = call.query.get('time_zone') ?? call.headers['time-zone']
  const eventMs = eventTime(context, isNamed ? undefined : body.event_time, data.event_time, zone)
  const event: IncomingEvent = {
    name,
    data: new Map(Object.entries(data)),
    eventMs,
    container: containerOf(call, data.container),
  }
  return applyEvent(context, reshape(event, { headers: call.headers, address: call.address }))
}

/** Missing and null data read as an empty map (contract 4.2). */
function dataOf(body: Record<string, unknown>): Record<string, unknown> {
  const { data } = body
  if (data === undefined || data === null) return {}
  if (!isObject(data)) throw new ExtoleError('binding_error', { field: 'data', description: 'An object is expected.' })
  return data
}

/** Top level wins over data; without either, the time of receipt (contract 4.3). */
function eventTime(context: Context, top: unknown, inData: unknown, zone: string | string[] | undefined): number {
  const name = typeof zone === 'string' && zone !== '' ? zone : 'UTC'
  const isKnownZone = name === 'UTC' || isZone(name)
  const parsed = [top, inData].map((value) => {
    if (value === undefined || value === null) return undefined
    const atMs = parseEventTime(textOf(value) ?? '', isKnownZone ? name : 'UTC')
    if (atMs === undefined) throw new ExtoleError('invalid_event_time_format', { event_time: value })
    return atMs
  })
  if (!isKnownZone) throw new ExtoleError('invalid_time_zone', { time_zone: name })
  return parsed[0] ?? parsed[1] ?? context.clock.nowMs()
}

/** Data, then header, query, cookie (contract 4.4). An unknown container reads as production. */
function containerOf(call: Call, inData: unknown): string {
  const header = call.headers['x-extole-container']
  const cookie = /(?:^|;\s*)container=([^;]*)/.exec(call.headers.cookie ?? '')?.[1]
  const given = [inData, header, call.query.get('container'), cookie].find(
    (one) => typeof one === 'string' && one !== '',
  )
  return typeof given === 'string' && CONTAINERS.has(given) ? given : 'production'
}
