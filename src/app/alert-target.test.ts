import { expect, test } from 'vitest'
import { alertTarget } from './alert-target.ts'

const GRAPEVINE_ALERT_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const targetOf = (GRAPEVINE_ALERT_URL: string | undefined, allow: readonly string[] = []) =>
  alertTarget({ GRAPEVINE_ALERT_URL, GRAPEVINE_ALERT_SECRET }, allow)

test('alerts are posted nowhere unless a URL says where', () => {
  expect(targetOf(undefined)).toBeNull()
  expect(targetOf('https://alerts.example.com/hook')).toEqual({
    url: 'https://alerts.example.com/hook',
    signingSecret: GRAPEVINE_ALERT_SECRET,
  })
})

test.each([
  'http://alerts.example.com/hook?token=secret',
  'https://10.0.0.1/hook?token=secret',
  'https://user:secret@alerts.example.com/hook',
])('an address that could never be reached is refused at the start, and not repeated: %s', (url) => {
  let refusal: unknown
  try {
    targetOf(url)
  } catch (error) {
    refusal = error
  }
  expect(refusal).toMatchObject({ exitCode: 2, nextStep: expect.stringContaining('GRAPEVINE_EGRESS_ALLOW') })
  expect(String(refusal)).not.toContain('secret')
})

test('a private address that is allowed is one', () => {
  expect(targetOf('http://10.0.0.1:9000/hook', ['10.0.0.1:9000'])).not.toBeNull()
})
