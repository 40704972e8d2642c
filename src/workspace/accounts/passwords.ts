/** Passwords as they are kept (reliability contract S15): scrypt with a salt of their own, worked out off the event loop. */
import { scrypt, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../ports/index.ts'
import type { FieldProblem } from '../errors.ts'

export const PASSWORD_CHARS_MIN = 12
export const PASSWORD_CHARS_MAX = 256
/** Passwords worked on or waiting. One takes half a second of a core and 128 MiB, so they take turns. */
export const PASSWORDS_WAITING_MAX = 32

const LOG_N = 17
const BLOCK_SIZE = 8
const PARALLEL = 1
const SALT_BYTES = 16
const HASH_BYTES = 32

/** As many are waiting as may: come back in a moment. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy'
}

export function checkPassword(password: string): FieldProblem[] {
  if (password.length >= PASSWORD_CHARS_MIN && password.length <= PASSWORD_CHARS_MAX) return []
  return [{ field: 'password', message: `must have ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters` }]
}

export class Passwords {
  readonly #random: Pick<Random, 'bytes'>
  #waiting = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(random: Pick<Random, 'bytes'>) {
    this.#random = random
  }

  /** Text that holds everything needed to compare later. @throws PasswordsBusy */
  async hash(password: string): Promise<string> {
    const salt = this.#random.bytes(SALT_BYTES)
    const hash = await this.#derive(password, salt, LOG_N)
    return ['scrypt', LOG_N, salt.toString('base64url'), hash.toString('base64url')].join('$')
  }

  /** Takes as long for somebody who does not exist as for a wrong password. @throws PasswordsBusy */
  async matches(password: string, kept: string | undefined): Promise<boolean> {
    const [, logN = LOG_N, salt = '', hash = ''] = kept?.split('$') ?? []
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), Number(logN))
    const expected = Buffer.from(hash, 'base64url')
    return expected.length === derived.length && timingSafeEqual(expected, derived)
  }

  #derive(password: string, salt: Buffer, logN: number): Promise<Buffer> {
    if (this.#waiting >= PASSWORDS_WAITING_MAX) throw new PasswordsBusy('too many passwords are being checked')
    this.#waiting += 1
    const derived = this.#turn.then(() => derive(password.normalize('NFC'), salt, logN))
    this.#turn = derived.catch(() => {}).then(() => (this.#waiting -= 1))
    return derived
  }
}

function derive(password: string, salt: Buffer, logN: number): Promise<Buffer> {
  const N = 2 ** logN
  const options = { N, r: BLOCK_SIZE, p: PARALLEL, maxmem: 2 * 128 * N * BLOCK_SIZE }
  return new Promise((resolve, reject) =>
    scrypt(password, salt, HASH_BYTES, options, (error, hash) => (error === null ? resolve(hash) : reject(error))),
  )
}
