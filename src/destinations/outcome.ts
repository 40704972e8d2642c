/** What came of one attempt to deliver, before anybody judged it. `src/delivery` judges. */
export type Outcome =
  /** A complete answer, whatever its status. */
  | {
      readonly kind: 'answered'
      /** 100 to 599. */
      readonly status: number
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>
      /** At most 256 KB of text. */
      readonly body: string
      /** The answer was longer than was read. */
      readonly truncated: boolean
    }
  /** No byte of the request left this machine. */
  | {
      readonly kind: 'not_sent'
      readonly reason: 'ENOTFOUND' | 'ECONNREFUSED' | 'EHOSTUNREACH' | 'TLS_HANDSHAKE' | 'CONNECT_TIMEOUT'
    }
  /** The address or the certificate must not be talked to: a person has to look. */
  | { readonly kind: 'blocked'; readonly reason: 'tls_invalid' | 'blocked_address' }
  /** Bytes were sent and no readable answer came back: it may have had its effect. */
  | { readonly kind: 'ambiguous'; readonly reason: 'ETIMEDOUT' | 'ECONNRESET' | 'GARBAGE' }
  /** The mapping makes nothing of the event that the action takes: a field is missing or of the wrong kind. */
  | { readonly kind: 'unmapped'; readonly reason: string }
  /** The event cannot be made into a request: repeating changes nothing. */
  | { readonly kind: 'invalid'; readonly reason: string }

/** The rendered request as it is kept for retries and shown to people: no credentials in it. */
export interface RenderedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}
