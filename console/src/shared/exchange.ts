/** A request and what came back, as it is kept or would be made, in a form that can be drawn. Pure. */

export interface ShownRequest {
  /** Method and address. */
  readonly line: string
  readonly headers: string
  readonly body: string | null
}

/** Undefined for what is no request: it is to be shown as it is. */
export function requestOf(kept: unknown): ShownRequest | undefined {
  const { method, url, headers, body } = Object(kept)
  if (typeof method !== 'string' || typeof url !== 'string') return undefined
  const lines = Object.entries(Object(headers) as Record<string, unknown>).map(
    ([name, value]) => `${name}: ${String(value)}`,
  )
  return { line: `${method} ${url}`, headers: lines.join('\n'), body: typeof body === 'string' ? readable(body) : null }
}

export interface ShownAnswer {
  /** What happened, e.g. `Answered 200`. */
  readonly line: string
  readonly body: string | null
}

export function answerOf(kept: unknown): ShownAnswer | undefined {
  const { status, body, kind, reason } = Object(kept)
  if (typeof status === 'number')
    return { line: `Answered ${status}`, body: typeof body === 'string' && body !== '' ? readable(body) : null }
  if (typeof kind === 'string')
    return { line: OUTCOMES[kind] ?? kind, body: typeof reason === 'string' ? reason : null }
  return undefined
}

const OUTCOMES: Readonly<Record<string, string>> = {
  not_sent: 'Nothing was sent',
  blocked: 'The address must not be talked to',
  ambiguous: 'It was sent, and no readable answer came',
  unmapped: 'The mapping makes nothing of the event',
  invalid: 'There was no request',
}

/** Where destinations say in words what is wrong. */
const MESSAGES = ['message', 'error_description', 'error', 'detail', 'reason'] as const
/** Characters of an answer that is not known to have a sentence. */
const SHOWN_CHARS = 200

/** What was answered, in one line: the sentence in it where there is one. Undefined where nothing is kept. */
export function answerLine(kept: unknown): string | undefined {
  const answer = answerOf(kept)
  if (answer === undefined || answer.body === null) return answer?.line
  const said = sentenceIn(answer.body) ?? answer.body.replace(/\s+/g, ' ')
  return `${answer.line}: ${said.length > SHOWN_CHARS ? `${said.slice(0, SHOWN_CHARS)}…` : said}`
}

function sentenceIn(body: string): string | undefined {
  try {
    return messageOf(JSON.parse(body))
  } catch {
    return undefined
  }
}

function messageOf(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  const fields = Object(first) as Record<string, unknown>
  for (const name of MESSAGES) {
    const said = fields[name]
    if (typeof said === 'string' && said !== '') return said
    const inner = typeof said === 'object' && said !== null ? messageOf(said) : undefined
    if (inner !== undefined) return inner
  }
  return fields['errors'] === undefined ? undefined : messageOf(fields['errors'])
}

/** JSON in lines, other text as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
