/** Random identifiers and keys. Pure, given a source of chance. */
import { createHash } from 'node:crypto'
import type { Random } from '../ports/index.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Bytes from here on are thrown away: they would make the first letters of the alphabet likelier. */
const FAIR_BELOW = 256 - (256 % ALPHABET.length)

/** 22 characters, about 131 random bits, as short as Segment's own ids. */
const ID_CHARS = 22
/** 32 characters, about 190 random bits, of which reliability contract S8 asks for 128. Letters and digits only: safe in Basic auth. */
const WRITE_KEY_CHARS = 32
/** Reliability contract S15. */
const TOKEN_BYTES = 32
/** Lets secret scanners recognise a token that was committed by mistake. */
const TOKEN_PREFIX = 'gvt_'
const INVITE_PREFIX = 'gvi_'
const RESET_PREFIX = 'gvr_'

export const newId = (random: Random, prefix = '') => prefix + randomText(random, ID_CHARS)

export const newWriteKey = (random: Random) => randomText(random, WRITE_KEY_CHARS)

/** For a cookie: reliability contract S15 asks for 256 bits. */
export const newSessionSecret = (random: Random) => random.bytes(TOKEN_BYTES).toString('base64url')

/** Goes into links, so it has letters and digits that survive mail programs. */
export const newInviteSecret = (random: Random) => INVITE_PREFIX + random.bytes(TOKEN_BYTES).toString('base64url')

/** Of a password. Passed on in the same way. */
export const newResetSecret = (random: Random) => RESET_PREFIX + random.bytes(TOKEN_BYTES).toString('base64url')

export const newToken = (random: Random) => TOKEN_PREFIX + random.bytes(TOKEN_BYTES).toString('base64url')

/** SHA-256, 64 lower-case hexadecimal digits. Enough for values of 128 random bits and more; no salt is needed. */
export const sha256 = (value: string) => createHash('sha256').update(value).digest('hex')

function randomText(random: Random, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < FAIR_BELOW && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
