/** What a destination makes of an event, sent or not. */
import * as answers from '../../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../../shared/api.ts'

export type Event = Readonly<Record<string, unknown>>
export type Tried = Awaited<ReturnType<typeof testEvent>>
export type TriedMapping = Tried['mappings'][number]

/** @param send whether it is really sent, past everything that waits */
export async function testEvent(id: string, body: { event: Event; send: boolean }) {
  const { data } = await ask(answers.testDestinationEvent, `/destinations/${part(id)}/test-event`, {
    method: 'POST',
    body,
  })
  return triedOf(data.destinations)
}

export interface MappingToTest {
  readonly name?: string
  readonly actionId: string
  readonly trigger: string
  readonly settings: Readonly<Record<string, unknown>>
}

/** What a mapping that is not saved makes of an event. Nothing is sent. */
export async function testMapping(id: string, body: { event: Event; mapping: MappingToTest }, signal?: AbortSignal) {
  const { data } = await ask(answers.testMapping, `/destinations/${part(id)}/mappings/test`, {
    method: 'POST',
    body,
    signal,
  })
  return triedOf(data.destinations)
}

function triedOf<T>([tried]: readonly T[]): T {
  if (tried === undefined) throw new Error('The server said nothing of this destination.')
  return tried
}
