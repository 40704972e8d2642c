/**
 * Tests the API keys the way they will be used, and says what is wrong in words: what happened, then what to do.
 * `extole.md` 1.3 to 1.5.
 *
 * A key that cannot send events makes the destination useless, so it fails the test. A key that cannot delete or load
 * in bulk leaves everything else working, so it is a warning.
 */
import type { RequestClient } from '@segment/actions-core'
import { extoleAnswers, objectIn } from './answers.ts'
import type { ExtoleSettings } from './settings.ts'

/** Scopes with which events are taken. */
const EVENT_SCOPES = ['USER_SUPPORT', 'CLIENT_SUPERUSER']
/** Scopes with which people can be deleted and files be loaded. */
const ADMIN_SCOPES = ['CLIENT_ADMIN', 'CLIENT_SUPERUSER']
const WHERE = 'in the Tech Center (Security Center) of My Extole'

/** What will not work although the keys do, in sentences. */
export interface CredentialFindings {
  readonly warnings: readonly string[]
}

/** Rejects with a sentence for the person who typed the keys. */
export async function testCredentials(request: RequestClient, settings: ExtoleSettings): Promise<CredentialFindings> {
  const { apiKey, adminApiKey } = settings
  if (apiKey === '') throw new Error(`Enter an API Key. Create one ${WHERE}.`)
  const granted = await scopesOf(request, settings, 'API Key', apiKey)
  if (!isOneOf(EVENT_SCOPES, granted)) {
    throw new Error(
      `The API Key is valid, but it may not send events: it has the scopes ${listed(granted)} and needs USER_SUPPORT. Create a key with that scope ${WHERE}.`,
    )
  }
  const isSameKey = adminApiKey === apiKey
  const adminGranted = isSameKey ? granted : await scopesOf(request, settings, 'Admin API Key', adminApiKey)
  if (isOneOf(ADMIN_SCOPES, adminGranted)) return { warnings: [] }
  const [label, step] = isSameKey
    ? ['API Key', 'Enter an Admin API Key with that scope']
    : ['Admin API Key', 'Replace it by a key with that scope']
  return {
    warnings: [
      `Deletions and bulk loads will not work: the ${label} has the scopes ${listed(adminGranted)} and not CLIENT_ADMIN. ${step}; create one ${WHERE}.`,
    ],
  }
}

async function scopesOf(
  request: RequestClient,
  settings: ExtoleSettings,
  label: string,
  key: string,
): Promise<readonly string[]> {
  const response = await request(`${settings.apiBaseUrl}/v4/tokens`, {
    headers: { authorization: `Bearer ${key}` },
    throwHttpErrors: false,
  })
  if (!response.ok) throw new Error(refusal(label, response.status, extoleAnswers.errorCode(response.content)))
  const { scopes } = objectIn(response.content)
  if (Array.isArray(scopes)) return scopes.map(String)
  throw new Error(`The API URL answers, but not as Extole does (status ${response.status}). Check the URL.`)
}

function isOneOf(wanted: readonly string[], granted: readonly string[]): boolean {
  return wanted.some((scope) => granted.includes(scope))
}

function listed(scopes: readonly string[]): string {
  return scopes.join(', ') || '(none)'
}

function refusal(label: string, status: number, code: string | null): string {
  if (code === 'expired_access_token') return `The ${label} has expired. Create a new one ${WHERE}.`
  if (status === 402) {
    return 'Extole answers that this account is unpaid or lacks the feature. Ask your Extole contact to enable it.'
  }
  if (status === 401 || status === 403) {
    return `Extole does not know this ${label}. Copy it again in full, or create a new one ${WHERE}.`
  }
  if (status === 429) return 'Extole is limiting requests at the moment. Try again in a minute.'
  if (status >= 500) return `Extole cannot answer at the moment (status ${status}). Try again later.`
  return `The API URL does not answer as Extole does (status ${status}). Check the URL.`
}
