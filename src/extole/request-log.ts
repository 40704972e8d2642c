import type { IncomingHttpHeaders } from 'node:http'
import { formatTime } from './time.ts'

/** The last API requests, for a person looking on and for tests. In memory only, bounded in count and in bytes. */
export const REQUESTS_MAX = 1_000
/** Bytes kept of a body; longer ones are cut and marked. */
export const REQUEST_BODY_MAX = 16_384

export interface LoggedRequest {
  /** Grows by one with each request since the start. */
  readonly sequence: number
  readonly at: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** 0 when no answer was sent: a reset or a hang. */
  readonly status: number
}

/** A request as the server met it. Secrets are masked when it is shown, not on the path of each event. */
export interface MetRequest {
  readonly atMs: number
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly status: number
}

export interface RequestLog {
  add(request: MetRequest): void
  /** Oldest first, after sequence `after`; of more than `limit` the oldest when `after` is given, else the newest. */
  list(limit: number, after?: number): readonly LoggedRequest[]
  clear(): void
}

export function requestLog(): RequestLog {
  const ring: (MetRequest & { sequence: number })[] = []
  let sequence = 0
  return {
    add(request) {
      // A slice would keep the whole body alive.
      const body =
        request.body.length > REQUEST_BODY_MAX
          ? Buffer.from(request.body.subarray(0, REQUEST_BODY_MAX + 1))
          : request.body
      ring[sequence % REQUESTS_MAX] = { ...request, body, sequence: sequence + 1 }
      sequence += 1
    },
    list(limit, after) {
      const ordered = ring.filter((one) => one !== undefined).sort((a, b) => a.sequence - b.sequence)
      const chosen =
        after === undefined ? ordered.slice(-limit) : ordered.filter((one) => one.sequence > after).slice(0, limit)
      return chosen.map(shown)
    },
    clear() {
      ring.length = 0
    },
  }
}

function shown({
  atMs,
  method,
  url,
  headers,
  body,
  status,
  sequence,
}: MetRequest & { sequence: number }): LoggedRequest {
  const isCut = body.length > REQUEST_BODY_MAX
  const text = body.toString('utf8', 0, REQUEST_BODY_MAX) + (isCut ? '…' : '')
  return {
    sequence,
    at: formatTime(atMs),
    method,
    path: maskPath(url),
    headers: maskHeaders(headers),
    body: text,
    status,
  }
}

const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Credentials keep their last four characters at most. */
function maskHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : (value ?? '')
      return [name, SECRET_HEADERS.has(name) ? mask(text) : text]
    }),
  )
}

/** A token in the query or in a token path must not be shown either. */
function maskPath(url: string): string {
  return url
    .replace(/([?&]access_token=)[^&]*/g, '$1****')
    .replace(/^(\/v4\/tokens\/(?:exchange\/)?)(?!exchange(?:\/|$))[^/?]+/, '$1****')
}

function mask(text: string): string {
  return text.length < 16 ? '****' : `****${text.slice(-4)}`
}
