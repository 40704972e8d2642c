import { expect, test } from 'vitest'
import { failureText, reasonWords } from './failure-words.ts'

const NOW = 1_000_000
const said = (reason: string, status: number | null, host: string | null = 'api.example.com') =>
  failureText({ atMs: NOW - 4_000, reason, status, host }, NOW)

test('what was answered is told with its status, its host and when', () => {
  expect(said('status_503', 503)).toBe('Last answer: 503 from api.example.com, 4 s ago.')
  expect(failureText({ atMs: NOW + 5, reason: 'status_429', status: 429, host: null }, NOW)).toBe(
    'Last answer: 429, just now.',
  )
})

test('where no answer came, it is told what kept it from coming, with the code that one searches for', () => {
  expect(said('ECONNREFUSED', null)).toBe(
    'Last attempt at api.example.com: the connection was refused (ECONNREFUSED), 4 s ago.',
  )
  expect(said('malformed_response', 200)).toContain('the answer is not what proves success')
  expect(said('NEW_CODE', null, null)).toBe('Last attempt: NEW_CODE, 4 s ago.')
})

test('a reason of counts is a status, or words with their code', () => {
  expect([reasonWords('status_503'), reasonWords('ETIMEDOUT'), reasonWords('rejected_400')]).toEqual([
    '503',
    'no answer came in time (ETIMEDOUT)',
    'rejected_400',
  ])
})
