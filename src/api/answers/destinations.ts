import { Type } from 'typebox'
import { DestinationMetadata } from './catalog.ts'
import { answering, named, type Shown } from './operation.ts'
import { Done, Event, Fields, orNull, Pagination } from './shared.ts'

export const Destination = named('Destination', 'A destination of one source, with its mappings. Secrets are masked.', {
  id: Type.String(),
  name: Type.String(),
  enabled: Type.Boolean(),
  sourceId: Type.String(),
  metadata: DestinationMetadata,
  settings: Fields,
  consentCategories: Type.Array(Type.String()),
  subscriptions: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      actionSlug: Type.String(),
      trigger: Type.String(),
      enabled: Type.Boolean(),
      settings: Fields,
    }),
  ),
})
export type Destination = Shown<typeof Destination>

export const Subscription = named(
  'Subscription',
  'A mapping: which events an action gets, and how its fields are filled.',
  {
    id: Type.String(),
    name: Type.String(),
    actionId: Type.String(),
    actionSlug: Type.String(),
    destinationId: Type.String(),
    trigger: Type.String({ description: 'In FQL.' }),
    enabled: Type.Boolean(),
    settings: Fields,
  },
)
export type Subscription = Shown<typeof Subscription>

export const SettingsCheck = named('SettingsCheck', 'What came of trying settings.', {
  isValid: Type.Boolean(),
  message: Type.String(),
  warnings: Type.Array(Type.String()),
})

export const RenderedRequest = named('RenderedRequest', 'A request as it is sent. Secrets are masked.', {
  method: Type.String(),
  url: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
  body: orNull(Type.String()),
})

export const TriedDestination = named('TriedDestination', 'What one destination makes of an event.', {
  destinationId: Type.String(),
  name: Type.String(),
  filtered: orNull(Type.String()),
  why: orNull(Type.String()),
  mappings: Type.Array(
    Type.Object({
      id: orNull(Type.String()),
      name: Type.String(),
      actionSlug: Type.String(),
      payload: orNull(Fields),
      request: orNull(RenderedRequest),
      problem: orNull(Type.String()),
      answer: Type.Unknown(),
    }),
  ),
})

const Tried = { event: Event, destinations: Type.Array(TriedDestination) }
const Saved = {
  beside: { check: orNull(SettingsCheck) },
}

export const listDestinations = answering('listDestinations', 'Destinations, with their mappings', {
  destinations: Type.Array(Destination),
  pagination: Pagination,
})
export const createDestination = answering(
  'createDestination',
  'Adds a destination with its preset mappings; it begins with the next event',
  { destination: Destination },
  {
    ...Saved,
    example: {
      sourceId: 'the id of a source',
      metadataId: 'webhook',
      name: 'Our own service',
      settings: { url: 'https://example.com/events', signingSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    },
  },
)
export const getDestination = answering('getDestination', 'A destination', { destination: Destination })
export const updateDestination = answering(
  'updateDestination',
  'Changes a destination; settings are merged',
  { destination: Destination },
  { ...Saved, example: { enabled: false } },
)
export const deleteDestination = answering(
  'deleteDestination',
  'Deletes a destination with its mappings and filters',
  Done,
)
export const testDestinationSettings = answering('testDestinationSettings', 'Tries settings before they are saved', {
  check: SettingsCheck,
})
export const testDestination = answering('testDestination', "Tries a destination's settings, as they are or would be", {
  check: SettingsCheck,
})

export const tryDestinationNow = answering(
  'tryDestinationNow',
  'Tries at once what waits: for a retry, for a hold or for the breaker',
  Done,
)

export const testSourceEvent = answering(
  'testSourceEvent',
  'What each destination of a source makes of an event',
  Tried,
  { example: { event: { type: 'track', userId: 'u1', event: 'Order Completed', properties: { total: 20 } } } },
)
export const testDestinationEvent = answering('testDestinationEvent', 'What a destination makes of an event', Tried, {
  example: { event: { type: 'track', userId: 'u1', event: 'Order Completed', properties: { total: 20 } } },
})
export const testMapping = answering('testMapping', 'What a mapping that is not saved makes of an event', Tried, {
  example: {
    event: { type: 'identify', userId: 'u1', traits: { email: 'a@example.com' } },
    mapping: { actionId: 'send', trigger: 'type = "identify"' },
  },
})

export const listSubscriptionsFromDestination = answering(
  'listSubscriptionsFromDestination',
  'Mappings of a destination',
  { subscriptions: Type.Array(Subscription), pagination: Pagination },
)
export const createDestinationSubscription = answering(
  'createDestinationSubscription',
  'Makes a mapping',
  { destinationSubscription: Subscription },
  { example: { name: 'Orders', actionId: 'send', trigger: 'event = "Order Completed"', enabled: true } },
)
export const getSubscriptionFromDestination = answering('getSubscriptionFromDestination', 'A mapping', {
  subscription: Subscription,
})
export const updateSubscriptionForDestination = answering(
  'updateSubscriptionForDestination',
  'Changes a mapping',
  { subscription: Subscription },
  { example: { input: { enabled: false } } },
)
export const removeSubscriptionFromDestination = answering(
  'removeSubscriptionFromDestination',
  'Deletes a mapping',
  Done,
)
