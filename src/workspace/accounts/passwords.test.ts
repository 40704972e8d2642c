import { expect, test } from 'vitest'
import { systemRandom } from '../../ports/index.ts'
import { checkPassword, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PASSWORDS_WAITING_MAX, Passwords } from './passwords.ts'

test('what is kept opens with the password and nothing else, has its own salt, and was costly to make', async () => {
  const passwords = new Passwords(systemRandom)
  // One letter, written as one character and as two.
  const [first, second] = [await passwords.hash('correct horse café'), await passwords.hash('correct horse café')]
  expect(first).toMatch(/^scrypt\$17\$[\w-]{22}\$[\w-]{43}$/)
  expect(second).not.toBe(first)
  expect(await passwords.matches('correct horse cafe\u0301', first)).toBe(true)
  expect(await passwords.matches('correct horse cafe', first)).toBe(false)
  expect(await passwords.matches('', undefined)).toBe(false)
}, 30_000)

test('passwords wait for each other, off the event loop, and no more than so many', async () => {
  const passwords = new Passwords(systemRandom)
  let turns = 0
  const timer = setInterval(() => (turns += 1), 1)
  const waiting = Array.from({ length: 2 }, () => passwords.matches('x', undefined))
  await Promise.all(waiting)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(20)
  const full = new Passwords({ bytes: (count) => Buffer.alloc(count) })
  const tries = Array.from({ length: PASSWORDS_WAITING_MAX + 1 }, () => full.matches('x', 'scrypt$10$$'))
  const ended = await Promise.allSettled(tries)
  expect(ended.filter(({ status }) => status === 'rejected')).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ name: 'PasswordsBusy' }) },
  ])
  expect(await full.matches('x', 'scrypt$10$$')).toBe(false)
}, 30_000)

test.each([
  [PASSWORD_CHARS_MIN - 1, 1],
  [PASSWORD_CHARS_MIN, 0],
  [PASSWORD_CHARS_MAX, 0],
  [PASSWORD_CHARS_MAX + 1, 1],
])('a password of %d characters has %d problems', (length, problems) => {
  expect(checkPassword('x'.repeat(length))).toHaveLength(problems)
})
