/** Tests an API key the way it will be used, and says what is wrong in words. `extole.md` 1.3 to 1.5. */
import type { RequestClient } from '@segment/actions-core'
import { extoleAnswers, objectIn } from './answers.ts'
import type { ExtoleSettings } from './settings.ts'

/** Scopes with which events are taken. */
const EVENT_SCOPES = ['USER_SUPPORT', 'CLIENT_SUPERUSER']
/** Scopes with which people can be deleted. */
const ADMIN_SCOPES = ['CLIENT_ADMIN', 'CLIENT_SUPERUSER']

/** Rejects with a sentence for the person who typed the keys. */
export async function testCredentials(request: RequestClient, settings: ExtoleSettings): Promise<void> {
  if (settings.apiKey === '') throw new Error('Enter an API Key.')
  await testKey(request, settings, {
    label: 'API Key',
    key: settings.apiKey,
    scopes: EVENT_SCOPES,
    task: 'send events',
  })
  if (settings.adminApiKey === settings.apiKey) return
  const key = { label: 'Admin API Key', key: settings.adminApiKey, scopes: ADMIN_SCOPES, task: 'delete people' }
  await testKey(request, settings, key)
}

async function testKey(
  request: RequestClient,
  settings: ExtoleSettings,
  { label, key, scopes, task }: { label: string; key: string; scopes: readonly string[]; task: string },
): Promise<void> {
  const response = await request(`${settings.apiBaseUrl}/v4/tokens`, {
    headers: { authorization: `Bearer ${key}` },
    throwHttpErrors: false,
  })
  if (!response.ok) throw new Error(refusal(label, response.status, extoleAnswers.errorCode(response.content)))
  const { scopes: granted } = objectIn(response.content)
  if (!Array.isArray(granted)) {
    throw new Error(`The API URL answers, but not as Extole does (status ${response.status}). Check the URL.`)
  }
  if (scopes.some((scope) => granted.includes(scope))) return
  throw new Error(
    `The ${label} is valid, but it may not ${task}: it has the scopes ${granted.join(', ') || '(none)'} and needs one of ${scopes.join(', ')}.`,
  )
}

function refusal(label: string, status: number, code: string | null): string {
  if (code === 'expired_access_token') return `The ${label} has expired. Create a new one at Extole.`
  if (status === 402) return 'Extole answers that this account is unpaid or lacks the feature.'
  if (status === 401 || status === 403) return `Extole does not know this ${label}. Check that it was copied in full.`
  if (status === 429) return 'Extole is limiting requests at the moment. Try again in a minute.'
  if (status >= 500) return `Extole cannot answer at the moment (status ${status}). Try again later.`
  return `The API URL does not answer as Extole does (status ${status}). Check the URL.`
}
