/**
 * Names for people and messages that tell nothing about them: index keys of the state hold these and never the raw
 * value (S16). The key is secret to the installation.
 */
import { hash } from 'node:crypto'

export interface KeyedHash {
  /** An integer from 0 to 2^53 - 1 for a person. Two people share one with a chance of 1 in 2^53. */
  lane(userKey: string): number
  /** 16 bytes for a source's message. */
  message(sourceId: string, messageId: string): Buffer
}

/** @param key at least 32 random bytes, kept for ever: with another key nothing stored is found again */
export function createKeyedHash(key: Uint8Array): KeyedHash {
  const prefix = Buffer.from(key).toString('base64')
  const digest = (text: string) => hash('sha256', prefix + text, 'buffer')
  return {
    lane(userKey) {
      const bytes = digest(`lane\n${userKey}`)
      return bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11)
    },
    message: (sourceId, messageId) => digest(`message\n${sourceId}\n${messageId}`).subarray(0, 16),
  }
}
