/**
 * Names for people and messages that tell nothing about them: index keys of the state hold these and never the raw
 * value (S16). The key is secret to the installation.
 */
import { hash } from 'node:crypto'

export interface KeyedHash {
  /** An integer from 0 to 2^52 - 1 for a person. Two people share one with a chance of 1 in 2^52. */
  lane(userKey: string): number
  /** 16 bytes for a source's message. */
  message(sourceId: string, messageId: string): Buffer
  /** A word that tells one text from another. */
  text(text: string): string
}

/** @param key at least 32 random bytes, kept for ever: with another key nothing stored is found again */
export function createKeyedHash(key: Uint8Array): KeyedHash {
  const prefix = Buffer.from(key).toString('base64')
  return {
    lane(userKey) {
      // 13 hexadecimal digits are 52 bits; text instead of bytes spares the garbage collector two objects.
      return Number.parseInt(hash('sha256', `${prefix}lane\n${userKey}`, 'hex').slice(0, 13), 16)
    },
    message: (sourceId, messageId) =>
      hash('sha256', `${prefix}message\n${sourceId}\n${messageId}`, 'buffer').subarray(0, 16),
    text: (text) => hash('sha256', `${prefix}text\n${text}`, 'buffer').subarray(0, 16).toString('base64url'),
  }
}
