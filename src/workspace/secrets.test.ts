import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../ports/index.ts'
import { createSecrets, SecretError } from './secrets.ts'
import { type OpenSecretsOptions, openSecrets, rotateSecrets } from './secrets-file.ts'

const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const secrets = createSecrets([oldKey], systemRandom)

test('any text opens again under its own record and under no other', () => {
  const anyText = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(anyText, fc.string(), fc.string(), (text, record, other) => {
      const sealed = secrets.seal(text, record)
      expect(secrets.open(sealed, record)).toBe(text)
      if (other !== record) expect(() => secrets.open(sealed, other)).toThrow(SecretError)
    }),
  )
})

test('the same text is sealed differently each time', () => {
  expect(secrets.seal('same', 'r')).not.toBe(secrets.seal('same', 'r'))
})

test('no altered character goes unnoticed', () => {
  const sealed = secrets.seal('a secret', 'r')
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = sealed[index] === 'A' ? 'B' : 'A'
    const altered = sealed.slice(0, index) + changed + sealed.slice(index + 1)
    // The last character of base64 may carry bits that mean nothing; the bytes are the same then.
    const same = Buffer.from(altered.split('.')[3] ?? '', 'base64url').equals(
      Buffer.from(sealed.split('.')[3] ?? '', 'base64url'),
    )
    const sameRest = altered.split('.').slice(0, 3).join('.') === sealed.split('.').slice(0, 3).join('.')
    if (same && sameRest) continue
    expect(() => secrets.open(altered, 'r'), `character ${index}`).toThrow(SecretError)
  }
})

test.each(['', 'v1', 'v1.x.y.z', 'v2.a.b.c', 'v1.00000000..'])('%j is not a sealed value', (text) => {
  expect(() => secrets.open(text, 'r')).toThrow(SecretError)
})

test.each([0, 4, 8, 12, 15])('an authentication tag cut to %d bytes is refused', (bytes) => {
  // Sealed empty text is nothing but the tag: four bytes of it could be guessed.
  const [version, id, nonce, tag = ''] = secrets.seal('', 'r').split('.')
  const short = Buffer.from(tag, 'base64url').subarray(0, bytes).toString('base64url')
  expect(() => secrets.open([version, id, nonce, short].join('.'), 'r')).toThrow(SecretError)
})

test('the newest key seals, every key opens', () => {
  const both = createSecrets([oldKey, newKey], systemRandom)
  const [before, after] = [secrets.seal('x', 'r'), both.seal('x', 'r')]
  expect([both.open(before, 'r'), both.open(after, 'r')]).toEqual(['x', 'x'])
  expect([both.isCurrent(before), both.isCurrent(after)]).toEqual([false, true])
  expect(() => secrets.open(after, 'r')).toThrow('is missing')
})

test('a key of another length is refused', () => {
  expect(() => createSecrets([Buffer.alloc(31)], systemRandom)).toThrow('32 bytes')
  expect(() => createSecrets([], systemRandom)).toThrow(SecretError)
})

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-secrets-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

const openIn = (directory: string, over: Partial<OpenSecretsOptions> = {}) =>
  openSecrets({ directory, mayCreate: false, random: systemRandom, ...over })
const exit27 = expect.objectContaining({ exitCode: 27 })

test('the first start makes a key that only its owner can read; the next one uses it', () => {
  const directory = aDirectory()
  const sealed = openIn(directory, { mayCreate: true }).seal('x', 'r')
  expect(statSync(join(directory, 'secrets')).mode & 0o777).toBe(0o600)
  expect(openIn(directory, { mayCreate: true }).open(sealed, 'r')).toBe('x')
})

test('a missing key file ends the start with exit code 27 where there may be sealed data', () => {
  expect(() => openIn(aDirectory())).toThrow(exit27)
  expect(() => rotateSecrets(aDirectory(), systemRandom)).toThrow(exit27)
})

test.each([0o640, 0o604, 0o660])('a key file of mode %o ends the start with exit code 27', (mode) => {
  const directory = aDirectory()
  openIn(directory, { mayCreate: true })
  chmodSync(join(directory, 'secrets'), mode)
  expect(() => openIn(directory)).toThrow(exit27)
})

test.each(['', '# nothing\n', 'c2hvcnQ=\n', `${oldKey.toString('base64')}\nrubbish\n`])(
  'a damaged key file %j ends the start with exit code 27 and is left as it is',
  (text) => {
    const directory = aDirectory()
    writeFileSync(join(directory, 'secrets'), text, { mode: 0o600 })
    expect(() => openIn(directory, { mayCreate: true })).toThrow(exit27)
    expect(readFileSync(join(directory, 'secrets'), 'utf8')).toBe(text)
  },
)

test('a rotation keeps the old key for opening and seals with the new one', () => {
  const directory = aDirectory()
  const before = openIn(directory, { mayCreate: true }).seal('x', 'r')
  rotateSecrets(directory, systemRandom)
  const rotated = openIn(directory)
  expect(rotated.open(before, 'r')).toBe('x')
  expect(rotated.isCurrent(before)).toBe(false)
  expect(statSync(join(directory, 'secrets')).mode & 0o777).toBe(0o600)
})

test('keys from the environment need no file and make none', () => {
  const directory = aDirectory()
  const keys = [oldKey.toString('base64'), newKey.toString('base64url')].join(', ')
  const both = openIn(directory, { fromEnvironment: keys, mayCreate: true })
  expect(both.open(secrets.seal('x', 'r'), 'r')).toBe('x')
  expect(createSecrets([newKey], systemRandom).open(both.seal('y', 'r'), 'r')).toBe('y')
  expect(statSync(join(directory, 'secrets'), { throwIfNoEntry: false })).toBeUndefined()
})

test.each(['', 'short', `${oldKey.toString('base64')},`])('the environment value %j ends the start', (value) => {
  expect(() => openIn(aDirectory(), { fromEnvironment: value })).toThrow(exit27)
})
