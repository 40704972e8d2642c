/** The Extole Platform destination: what Segment's page of that name promises, as an Actions definition. */
import type { DestinationDefinition, JSONObject, Preset } from '@segment/actions-core'
import { asDefinition, type DestinationPlugin, defaultMappingOf, type Settings } from '../definition.ts'
import { identify, track } from './actions.ts'
import { extoleAnswers, extoleErasureAnswers } from './answers.ts'
import { BULK_MS_MAX, BULK_ROWS_MAX, settleJobs } from './bulk.ts'
import { testCredentials } from './credentials.ts'
import { type IdentifyPayload, type TrackPayload, trackEvent } from './event.ts'
import { extoleEventNames } from './event-names.ts'
import { isExtoleEcho } from './loop-guard.ts'
import { type ExtoleSettings, extoleFields, extoleSettings, extoleSettingsProblems, SYNC_SETTING } from './settings.ts'

const actions = { identify, track }

const extole: DestinationDefinition<Settings> = {
  name: 'Extole Platform',
  slug: 'extole-platform',
  mode: 'cloud',
  description: 'Sends people and events to Extole, the referral marketing platform.',
  authentication: {
    scheme: 'custom',
    fields: extoleFields,
    testAuthentication: (request, { settings }) => testCredentials(request, extoleSettings(settings)),
  },
  extendRequest: ({ settings }) => ({ headers: { authorization: `Bearer ${extoleSettings(settings).apiKey}` } }),
  actions,
  presets: [preset('identify'), preset('track')],
  onDelete: (request, { settings, payload }) => {
    const { apiBaseUrl, adminApiKey } = extoleSettings(settings)
    const { userId, regulationId } = payload as { userId: string | null; regulationId?: string }
    // One call for one id, and only the id that a Segment delete carries. extole.md 8.1.
    if (!userId) return undefined
    return request(`${apiBaseUrl}/v4/erasures`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminApiKey}` },
      json: { partner_user_id: userId, ...(regulationId === undefined ? {} : { note: regulationId }) },
    })
  },
}

/** With these two mappings the API key is all that has to be entered. */
function preset(action: keyof typeof actions): Preset {
  const { title, defaultSubscription = '', fields } = actions[action]
  const mapping = defaultMappingOf({ actions: { [action]: { fields } } }, action)
  return {
    type: 'automatic',
    name: title,
    partnerAction: action,
    subscribe: defaultSubscription,
    mapping: mapping as JSONObject,
  }
}

export const extolePlatform: DestinationPlugin = {
  definition: asDefinition(extole),
  answers: extoleAnswers,
  deleteAnswers: extoleErasureAnswers,
  credentialKey: (settings) => {
    const { apiKey, apiBaseUrl, eventsBaseUrl } = extoleSettings(settings)
    return JSON.stringify(['extole-platform', apiKey, apiBaseUrl, eventsBaseUrl])
  },
  hasUniqueKey: (payload, settings) =>
    isRepeatable(payload as IdentifyPayload & TrackPayload, extoleSettings(settings)),
  isEcho: isExtoleEcho,
  batching: (action, settings) => {
    const { bulkThreshold: itemsMin } = extoleSettings(settings)
    if (action !== 'identify' || itemsMin === Number.POSITIVE_INFINITY) return null
    return { itemsMin, itemsMax: BULK_ROWS_MAX, msMax: BULK_MS_MAX }
  },
  settling: {
    // Also where bulk loads were switched off since: a job may be left of the time before.
    isNeeded: (settings) => extoleSettings(settings).hasAdminApiKey,
    settle: (request, settings, wait) => settleJobs(request, extoleSettings(settings), wait),
  },
  eventNames: extoleEventNames,
  checkSettings: extoleSettingsProblems,
  testSettings: (settings) => ({ ...settings, [SYNC_SETTING]: true }),
}

/**
 * An identify says the same however often it is said. Of a track call Extole knows a repeat by its
 * `partner_conversion_id`, and a registration by the person's id. `extole.md` 13, rows 9 and 10.
 */
function isRepeatable(payload: IdentifyPayload & TrackPayload, settings: ExtoleSettings): boolean {
  if (payload.event_name === undefined) return true
  const { data } = trackEvent(payload, settings)
  const name = settings.eventNames.get(payload.event_name) ?? payload.event_name
  return isKey(data['partner_conversion_id']) || (name === 'registration' && isKey(data['partner_user_id']))
}

function isKey(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}
