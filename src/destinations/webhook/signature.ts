/**
 * Signatures as the Standard Webhooks specification has them, so that receivers can use its libraries. Pure.
 * Reliability contract S12.
 */
import { createHmac } from 'node:crypto'

/** How a signing secret is written. The prefix may be missing. */
export const SECRET_PREFIX = 'whsec_'
/** What the specification asks of a secret's length, bytes. */
export const SECRET_BYTES_MIN = 24
export const SECRET_BYTES_MAX = 64

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/

/** A secret's bytes, or null if it is not one. */
export function secretKey(secret: string): Buffer | null {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret
  if (!BASE64.test(text)) return null
  const key = Buffer.from(text, 'base64')
  return key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX ? key : null
}

/**
 * The value of `webhook-signature`: one signature for each key, so that receivers that know the old or the new secret
 * both accept it while a secret is being replaced.
 */
export function signatures(
  keys: readonly Buffer[],
  message: {
    /** Without a full stop, which separates what is signed. */
    readonly id: string
    /** Unix seconds. */
    readonly timestamp: number
    readonly body: string
  },
): string {
  const content = `${message.id}.${message.timestamp}.${message.body}`
  return keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ')
}
