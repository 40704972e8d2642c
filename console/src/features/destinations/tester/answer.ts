/** What came of sending an event, for people. Pure. */
export interface AnswerWords {
  /** The status of HTTP, or what happened instead. */
  readonly status: string
  readonly text: string
  readonly isGood: boolean
}

export function answerOf(answer: unknown): AnswerWords {
  const { kind, status, body, reason } = Object(answer) as {
    kind?: string
    status?: number
    body?: string
    reason?: string
  }
  if (kind === 'answered' && status !== undefined) {
    return {
      status: String(status),
      text: body === '' ? '(an empty body)' : (body ?? ''),
      isGood: status >= 200 && status < 300,
    }
  }
  const words = KINDS.get(kind ?? '') ?? 'No answer'
  return { status: words, text: WHY.get(reason ?? '') ?? reason ?? '', isGood: false }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['not_sent', 'Not sent'],
  ['blocked', 'Blocked'],
  ['ambiguous', 'No answer'],
])

const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'There is no such host. Check the URL in the settings.'],
  ['ECONNREFUSED', 'Nobody listens at this address. Check the URL in the settings, or whether the server there runs.'],
  ['EHOSTUNREACH', 'The host cannot be reached. Check the network, or the URL in the settings.'],
  ['TLS_HANDSHAKE', 'No secure connection came about. Check the URL in the settings.'],
  ['CONNECT_TIMEOUT', 'The host did not take the connection in time. Check the URL, or try again.'],
  ['tls_invalid', 'The certificate is not valid. Check the URL, or have the certificate renewed.'],
  ['blocked_address', 'The address is private. Check the URL, or allow it in GRAPEVINE_EGRESS_ALLOW and restart.'],
  ['ETIMEDOUT', 'The event was sent and no answer came in time. It may have arrived.'],
  ['ECONNRESET', 'The event was sent and the connection broke. It may have arrived.'],
  ['GARBAGE', 'The event was sent, and what came back cannot be read. It may have arrived.'],
])
