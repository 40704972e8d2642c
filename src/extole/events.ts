/** One event: find its person, merge its data, count it once, make its step. One transaction, no waiting inside. */
import { attribute } from './attribution.ts'
import type { AppliedEvent, Context } from './context.ts'
import { forward, logShift } from './forward.ts'
import { type Candidates, type Known, normalizeEmail, resolve } from './identity.ts'
import { textOf } from './json.ts'
import { type Capture, type Captured, capture, EVENT_KEY, listenerOf, PROFILE_KEY } from './program.ts'
import { mergeData, type Person, storedText } from './store/persons.ts'

/** An event that passed the checks of contract 4.2, with its name and data as prehandlers left them. */
export interface IncomingEvent {
  readonly name: string
  readonly data: ReadonlyMap<string, unknown>
  readonly eventMs: number
  readonly container: string
}

/** Applies one event. Runs inside the caller's group; await `db.durable()` before telling the sender. */
export function applyEvent(context: Context, event: IncomingEvent): AppliedEvent {
  return context.db.write(() => {
    const eventId = context.nextId()
    const nowMs = context.clock.nowMs()
    const listener = listenerOf(event.name)
    const captured = capture(listener, event.data, context.settings().ignore_unmapped_traits)
    const { person, isNew } = personOf(context, event, captured, eventId, nowMs)
    const isDuplicate = listener !== undefined && isRepeat(context, event.container, listener.name, captured, eventId)
    context.db.run(
      'INSERT INTO event (id, person_id, name, container, event_ms, received_ms, duplicate) VALUES (?, ?, ?, ?, ?, ?, ?)',
      eventId,
      person.id,
      event.name,
      event.container,
      event.eventMs,
      nowMs,
      isDuplicate ? 1 : 0,
    )
    const stepName = listener !== undefined && !isDuplicate ? listener.name : undefined
    if (stepName !== undefined) insertStep(context, { event, captured, person, isNew, eventId, nowMs, name: stepName })
    const advocateId = attribute(context, {
      friendId: person.id,
      data: event.data,
      container: event.container,
      eventId,
    })
    const applied = { ...event, eventId, personId: person.id, isDuplicate, stepName, advocateId }
    context.onEvent(applied)
    return applied
  })
}

function personOf(context: Context, event: IncomingEvent, captured: Capture, eventId: string, nowMs: number) {
  const { persons, nextId } = context
  const partnerId = textOf(event.data.get(PROFILE_KEY))
  const found = candidates(context, event)
  const { personId, gainsEmail, absorb } = resolve(found)
  for (const source of absorb) if (personId !== undefined) forward(context, source, personId)
  const existing = personId === undefined ? undefined : persons.find(personId)
  const blank: Person = {
    id: nextId(),
    email: undefined,
    version: 1,
    createdMs: nowMs,
    block: undefined,
    data: new Map(),
  }
  const before = existing ?? blank
  const email = gainsEmail ?? before.email
  const profile = captured.profile.filter((one) => belongs(one, email))
  const merged = mergeData(before.data, profile, nowMs, nextId)
  const partnerChanged = partnerId !== undefined && storedText(before.data.get(PROFILE_KEY)) !== partnerId
  const data = merged ?? before.data
  let person = before
  if (existing === undefined) {
    person = { ...before, email, data }
    persons.insert(person)
  } else if (merged !== undefined || gainsEmail !== undefined) {
    person = persons.save(before, { email, data })
    if (gainsEmail !== undefined) logShift(context, person.id, person.version, 'IDENTITY_WITH_KEY', undefined)
  }
  if (gainsEmail !== undefined) persons.attach(person.id, 'email', gainsEmail, eventId)
  if (partnerChanged) persons.attach(person.id, PROFILE_KEY, partnerId, eventId)
  const eventKey = textOf(event.data.get(EVENT_KEY))
  if (eventKey !== undefined && captured.step.some((one) => one.name === EVENT_KEY)) {
    persons.attachFirst(person.id, EVENT_KEY, eventKey, eventId)
  }
  return { person, isNew: existing === undefined }
}

/** An email that does not identify this person, or an identity field without a value, must not change the profile. */
function belongs(one: Captured, email: string | undefined): boolean {
  if (one.name === 'email') return normalizeEmail(textOf(one.value) ?? '') === email && email !== undefined
  return one.name !== PROFILE_KEY || textOf(one.value) !== undefined
}

function candidates({ persons }: Context, { data }: IncomingEvent): Candidates {
  const personId = textOf(data.get('person_id'))
  const email = normalizeEmail(textOf(data.get('email')) ?? '')
  const partnerId = textOf(data.get(PROFILE_KEY))
  const byId = personId === undefined ? undefined : persons.find(personId)
  const byEmail = email === undefined ? undefined : persons.withKey('email', email)[0]
  const byPartner = byId !== undefined || partnerId === undefined ? [] : persons.withKey(PROFILE_KEY, partnerId)
  let byEventKey: Known | undefined
  if (byId === undefined && email === undefined && partnerId === undefined) {
    const eventKey = textOf(data.get(EVENT_KEY))
    if (eventKey !== undefined) byEventKey = persons.withKey(EVENT_KEY, eventKey).at(-1)
  }
  return { byId, email, byEmail, byPartner, byEventKey }
}

/**
 * Whether an event with one of these key values was counted before: per container and business event, exact text,
 * for ever, whoever sent it (contract 6.3).
 */
function isRepeat({ db }: Context, container: string, stepName: string, captured: Capture, eventId: string): boolean {
  let isFirst = true
  for (const { name, value } of captured.uniqueKeys) {
    const inserted = db.run(
      'INSERT OR IGNORE INTO seen_key (container, event, name, value, event_id) VALUES (?, ?, ?, ?, ?)',
      container,
      stepName,
      name,
      value,
      eventId,
    )
    isFirst &&= inserted === 1
  }
  return !isFirst
}

interface NewStep {
  readonly event: IncomingEvent
  readonly captured: Capture
  readonly person: Person
  readonly isNew: boolean
  readonly eventId: string
  readonly nowMs: number
  readonly name: string
}

function insertStep({ db, nextId }: Context, step: NewStep): void {
  const { event, captured, person, eventId } = step
  const isPrimary =
    step.isNew ||
    db.get('SELECT 1 FROM step WHERE person_id = ? AND name = ? LIMIT 1', person.id, step.name) === undefined
  db.run(
    `INSERT INTO step (id, person_id, name, event_id, root_event_id, event_ms, created_ms, quality, container, is_primary,
     value, unique_keys, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    nextId(),
    person.id,
    step.name,
    nextId(),
    eventId,
    event.eventMs,
    step.nowMs,
    // A blocked person's events are accepted and declined (contract 4.6).
    person.block?.type === 'EVENTS' ? 'LOW' : 'HIGH',
    event.container,
    isPrimary ? 1 : 0,
    captured.value ?? null,
    captured.uniqueKeys.length === 0 ? null : JSON.stringify(captured.uniqueKeys),
    JSON.stringify(captured.step.map(({ name, scope, value }) => [name, scope, JSON.stringify(value)])),
  )
}
