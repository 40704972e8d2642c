/** Where the encryption keys come from: the environment, or the `secrets` file of the data directory. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../ports/index.ts'
import { EXIT_ENCRYPTION_KEY, GateError, replaceFile } from '../state/index.ts'
import { createSecrets, KEY_BYTES, type Secrets } from './secrets.ts'

const FILE = 'secrets'
const HEADER =
  '# Encryption keys, one a line in base64, the newest last. Whoever has them can read every stored credential.\n'
const BASE64_KEY = /^[A-Za-z0-9+/_-]{43}=?$/

export interface OpenSecretsOptions {
  readonly directory: string
  /** `GRAPEVINE_SECRET_KEY`: keys of 32 bytes in base64, separated by commas, the newest last. The file is not used then. */
  readonly fromEnvironment?: string | undefined
  /** Make a key where there is none: at the first start, before anything was sealed. Else a missing key is an error. */
  readonly mayCreate: boolean
  readonly random: Random
}

/** @throws GateError 27 when a key is missing or unreadable, or others may read the file */
export function openSecrets(options: OpenSecretsOptions): Secrets {
  const { fromEnvironment, directory, mayCreate, random } = options
  if (fromEnvironment !== undefined) {
    const keys = parseKeys(fromEnvironment.split(','))
    if (keys === undefined) throw refuse('GRAPEVINE_SECRET_KEY is not a list of keys of 32 bytes in base64')
    return createSecrets(keys, random)
  }
  const file = join(directory, FILE)
  const keys = readKeys(file)
  if (keys !== undefined) return createSecrets(keys, random)
  if (!mayCreate) throw refuse(`the key file ${file} is missing`)
  const first = random.bytes(KEY_BYTES)
  writeKeys(directory, [first])
  return createSecrets([first], random)
}

/**
 * Adds a new key to the file; what is sealed from now on uses it. Old values open until they are sealed anew.
 * @throws GateError 27 as `openSecrets`
 */
export function rotateSecrets(directory: string, random: Random): Secrets {
  const file = join(directory, FILE)
  const keys = readKeys(file)
  if (keys === undefined) throw refuse(`the key file ${file} is missing`)
  const rotated = [...keys, random.bytes(KEY_BYTES)]
  writeKeys(directory, rotated)
  return createSecrets(rotated, random)
}

/** Undefined when there is no file. */
function readKeys(file: string): Buffer[] | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw refuse(
      `others may read the key file ${file}`,
      `Run chmod 600 on it, and replace its keys if others had access.`,
    )
  }
  const keys = parseKeys(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  )
  if (keys === undefined) throw refuse(`the key file ${file} is damaged`)
  return keys
}

function parseKeys(texts: readonly string[]): Buffer[] | undefined {
  const trimmed = texts.map((text) => text.trim())
  if (trimmed.length === 0 || !trimmed.every((text) => BASE64_KEY.test(text))) return undefined
  return trimmed.map((text) => Buffer.from(text, 'base64'))
}

/** Complete and on disk, or not at all: a half-written file would lock everybody out. */
function writeKeys(directory: string, keys: readonly Buffer[]): void {
  replaceFile(join(directory, FILE), HEADER + keys.map((key) => `${key.toString('base64')}\n`).join(''))
}

const refuse = (
  message: string,
  nextStep = 'Put back the `secrets` file that belongs to this data, or set GRAPEVINE_SECRET_KEY to its keys.',
) => new GateError(EXIT_ENCRYPTION_KEY, message, nextStep)
