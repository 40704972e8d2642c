/** The webhook destination: every event as JSON to a URL of one's own, signed. Reliability contract S12. */
import { hash } from 'node:crypto'
import type { DestinationDefinition } from '@segment/actions-core'
import { anyBodyPolicy } from '../answers.ts'
import { asDefinition, type DestinationPlugin, type Settings, type SignRequest } from '../definition.ts'
import { secretKey, signatures } from './signature.ts'

interface WebhookPayload {
  readonly data: Readonly<Record<string, unknown>>
  readonly message_id: string
}

/** Everything a source sends. */
const ALL_EVENTS = ['track', 'identify', 'page', 'screen', 'group', 'alias']
  .map((type) => `type = "${type}"`)
  .join(' or ')

const mapping = { data: { '@path': '$.' }, message_id: { '@path': '$.messageId' } }

const webhook: DestinationDefinition<Settings> = {
  name: 'Webhook',
  slug: 'webhook',
  mode: 'cloud',
  description: 'Sends events as JSON to a URL of your own, with Standard Webhooks signatures.',
  authentication: {
    scheme: 'custom',
    fields: {
      url: {
        type: 'string',
        label: 'URL',
        description: 'Where events are sent. It must begin with https.',
        required: true,
      },
      signingSecret: {
        type: 'password',
        label: 'Signing Secret',
        description: 'whsec_ and 24 to 64 random bytes in base64. Receivers check signatures with it.',
        required: true,
      },
      previousSigningSecret: {
        type: 'password',
        label: 'Previous Signing Secret',
        description: 'While receivers change to a new secret, events are signed with this one too.',
      },
    },
  },
  actions: {
    send: {
      title: 'Send',
      description: 'Posts an event.',
      defaultSubscription: ALL_EVENTS,
      fields: {
        data: {
          label: 'Body',
          description: 'What is sent as JSON: the event as it came, unless mapped otherwise.',
          type: 'object',
          required: true,
          default: mapping.data,
        },
        message_id: {
          label: 'Message Id',
          description: 'What makes an event itself. Receivers know a repeat by the webhook-id made of it.',
          type: 'string',
          required: true,
          default: mapping.message_id,
        },
      },
      perform: (request, { settings, payload }) => {
        const { data, message_id: messageId } = payload as WebhookPayload
        const body = JSON.stringify(data)
        // Two mappings may send one event in two forms, and neither is a repeat of the other.
        return request(urlOf(settings), { method: 'POST', ...signed(`${messageId}\n${body}`, body) })
      },
    },
  },
  presets: [{ type: 'automatic', name: 'Send', partnerAction: 'send', subscribe: ALL_EVENTS, mapping }],
  onDelete: (request, { settings, payload }) => {
    const { userId, regulationId } = payload as { userId?: string | null; regulationId?: string }
    const messageId = `delete-${regulationId}`
    // Without the times of Segment's message: repeats are to carry the same body.
    const body = { type: 'delete', channel: 'server', userId, context: null, integrations: null, messageId }
    return request(urlOf(settings), { method: 'POST', ...signed(messageId, JSON.stringify(body)) })
  },
}

/** The id is a hash, since what makes an event itself may hold a full stop or what no header can carry. */
function signed(identity: string, body: string) {
  const id = `msg_${hash('sha256', identity, 'base64url').slice(0, 27)}`
  return { body, headers: { 'content-type': 'application/json', 'webhook-id': id } }
}

/** Signs what is really sent, with the time of the attempt: a receiver refuses old signatures. */
const signRequest: SignRequest = (request, settings, nowMs) => {
  const secrets = [settings['signingSecret'], settings['previousSigningSecret']].filter((secret) => Boolean(secret))
  const keys = secrets.flatMap((secret) => secretKey(String(secret)) ?? [])
  if (keys.length < Math.max(1, secrets.length)) throw new Error('A signing secret must be 24 to 64 bytes in base64.')
  const timestamp = Math.floor(nowMs / 1_000)
  const message = { id: request.headers['webhook-id'] ?? '', timestamp, body: request.body ?? '' }
  return { 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures(keys, message) }
}

export const webhookPlugin: DestinationPlugin = {
  definition: { ...asDefinition(webhook), signRequest },
  answers: anyBodyPolicy,
  deleteAnswers: anyBodyPolicy,
  credentialKey: (settings) => JSON.stringify(['webhook', urlOf(settings), settings['signingSecret']]),
  // The webhook-id is one: receivers are to drop an id they have seen.
  hasUniqueKey: () => true,
  checkSettings: (settings) =>
    ['signingSecret', 'previousSigningSecret'].flatMap((field) => {
      const secret = settings[field]
      if (secret === undefined || secret === null || secret === '' || secretKey(String(secret))) return []
      return [{ field, message: 'must be whsec_ and 24 to 64 bytes in base64' }]
    }),
}

function urlOf(settings: Settings): string {
  return String(settings['url'] ?? '').trim()
}
