/**
 * Encryption of what must be readable again: destination credentials (reliability contract S14).
 *
 * AES-256-GCM with a random nonce. The id of the record is bound in as associated data, so that a sealed value copied
 * into another record does not open. Each value names its key: the newest key seals, all keys open.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import type { Random } from '../ports/index.ts'

export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'v1'

export interface Secrets {
  /** @param recordId e.g. `destination:<id>`; the same one opens it. Answers printable ASCII. */
  seal(plain: string, recordId: string): string
  /** @throws SecretError when no key fits, the record is another one, or the value was altered. */
  open(sealed: string, recordId: string): string
  /** Whether it was sealed with the newest key. */
  isCurrent(sealed: string): boolean
}

/** A sealed value does not open. The message says why and never holds the value or a key. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** @param keys each of KEY_BYTES bytes, oldest first, at least one */
export function createSecrets(keys: readonly Uint8Array[], random: Pick<Random, 'bytes'>): Secrets {
  const newest = keys.at(-1)
  if (newest === undefined || keys.some((key) => key.length !== KEY_BYTES)) {
    throw new SecretError(`an encryption key has ${KEY_BYTES} bytes`)
  }
  const byId = new Map(keys.map((key) => [keyId(key), key]))
  const newestId = keyId(newest)

  return {
    seal(plain, recordId) {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newest, nonce)
      cipher.setAAD(associatedData(newestId, recordId))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return [VERSION, newestId, nonce.toString('base64url'), body.toString('base64url')].join('.')
    },
    open(sealed, recordId) {
      const [version, id = '', nonce = '', text = ''] = sealed.split('.')
      const key = byId.get(id)
      if (version !== VERSION) throw new SecretError('not a sealed value of a known version')
      if (key === undefined) throw new SecretError(`the encryption key ${id} is missing`)
      const body = Buffer.from(text, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(associatedData(id, recordId))
        decipher.setAuthTag(body.subarray(-TAG_BYTES))
        return decipher.update(body.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch (error) {
        throw new SecretError('the value was altered or belongs to another record', { cause: error })
      }
    },
    isCurrent: (sealed) => keyIdOf(sealed) === newestId,
  }
}

/** Eight hexadecimal digits that name a key without telling anything about it. */
export const keyId = (key: Uint8Array) =>
  createHash('sha256').update('grapevine key id').update(key).digest('hex').slice(0, 8)

/** The key that a value was sealed with. */
export const keyIdOf = (sealed: string): string => sealed.split('.')[1] ?? ''

const associatedData = (id: string, recordId: string) => Buffer.from(`${VERSION}\n${id}\n${recordId}`)
