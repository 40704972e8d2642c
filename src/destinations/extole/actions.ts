/** The two actions of the Extole Platform destination, with fields and defaults that make the Segment page's tables. */
import type { ActionDefinition, InputField, RequestClient } from '@segment/actions-core'
import type { BatchExtras } from '../batch.ts'
import type { Settings } from '../definition.ts'
import { identifyInBulk } from './bulk.ts'
import { type ExtoleEvent, type IdentifyPayload, identifyEvent, type TrackPayload, trackEvent } from './event.ts'
import { type ExtoleSettings, extoleSettings } from './settings.ts'

type FieldDefault = NonNullable<InputField['default']>

const eventTime: InputField = {
  label: 'Event Time',
  description: 'When it happened.',
  type: 'datetime',
  default: { '@path': '$.timestamp' },
}

const partnerUserId: InputField = {
  label: 'Partner User Id',
  description: 'Your id of the person, unless the call itself names a partner_user_id.',
  type: 'string',
  default: { '@path': '$.userId' },
}

export const identify: ActionDefinition<Settings, IdentifyPayload> = {
  title: 'Identify',
  description: 'Creates or updates a person at Extole.',
  defaultSubscription: 'type = "identify"',
  fields: {
    partner_user_id: partnerUserId,
    email: {
      label: 'Email',
      description: "The person's email address, unless the traits carry an email.",
      type: 'string',
      default: { '@path': '$.traits.email' },
    },
    first_name: {
      label: 'First Name',
      description: "The person's first name, unless the traits carry a first_name.",
      type: 'string',
      default: { '@path': '$.traits.firstName' },
    },
    last_name: {
      label: 'Last Name',
      description: "The person's last name, unless the traits carry a last_name.",
      type: 'string',
      default: { '@path': '$.traits.lastName' },
    },
    traits: {
      label: 'Traits',
      description: 'Every other trait becomes a public parameter, with its name and type unchanged.',
      type: 'object',
      default: { '@path': '$.traits' },
    },
    event_time: eventTime,
  },
  perform: (request, { settings, payload }) => {
    const extole = extoleSettings(settings)
    return sendEvent(request, extole, identifyEvent(payload, extole))
  },
  performBatch: (request, data) => {
    const { wait } = data as unknown as BatchExtras
    return identifyInBulk(request, extoleSettings(data.settings), data.payload, { wait })
  },
}

/** Prefers the first of two traits of the call's context. */
function contextTrait(name: string, otherwise: string): FieldDefault {
  const path = `$.context.traits.${name}`
  const condition = {
    exists: { '@path': path },
    // biome-ignore lint/suspicious/noThenProperty: it is the framework's word.
    then: { '@path': path },
    else: { '@path': `$.context.traits.${otherwise}` },
  }
  return { '@if': condition }
}

export const track: ActionDefinition<Settings, TrackPayload> = {
  title: 'Track',
  description: 'Sends an event to Extole.',
  defaultSubscription: 'type = "track"',
  fields: {
    event_name: {
      label: 'Event Name',
      description: 'The name of the event, which the Event Names setting may replace.',
      type: 'string',
      required: true,
      default: { '@path': '$.event' },
    },
    partner_user_id: partnerUserId,
    email: {
      label: 'Email',
      description: "The person's email address, unless the properties carry an email.",
      type: 'string',
      default: { '@path': '$.context.traits.email' },
    },
    first_name: {
      label: 'First Name',
      description: "The person's first name, unless the properties carry a first_name.",
      type: 'string',
      default: contextTrait('first_name', 'firstName'),
    },
    last_name: {
      label: 'Last Name',
      description: "The person's last name, unless the properties carry a last_name.",
      type: 'string',
      default: contextTrait('last_name', 'lastName'),
    },
    message_id: {
      label: 'Message Id',
      description: 'Used only with the setting Derive Conversion Id.',
      type: 'string',
      default: { '@path': '$.messageId' },
    },
    properties: {
      label: 'Properties',
      description: 'The data of the event, with names and types unchanged.',
      type: 'object',
      default: { '@path': '$.properties' },
    },
    event_time: eventTime,
  },
  perform: (request, { settings, payload }) => {
    const extole = extoleSettings(settings)
    return sendEvent(request, extole, trackEvent(payload, extole))
  },
}

/** The body form of the endpoint, since event names may hold anything. `extole.md` 4.1. */
function sendEvent(request: RequestClient, settings: ExtoleSettings, event: ExtoleEvent): Promise<unknown> {
  const path = settings.isSync ? '/v6/events' : '/v6/async-events'
  return request(settings.eventsBaseUrl + path, {
    method: 'POST',
    json: event,
    ...(settings.container === null ? {} : { headers: { 'x-extole-container': settings.container } }),
  })
}
