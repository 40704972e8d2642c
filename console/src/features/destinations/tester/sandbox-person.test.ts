import { expect, test } from 'vitest'
import { sandboxPersonUrl } from './sandbox-person.ts'

const SANDBOX = { kind: 'answered', headers: { 'x-extole-sandbox': 'grapevine' } }
const request = (url: string, data: unknown) => ({ method: 'POST', url, headers: {}, body: JSON.stringify({ data }) })

test('the person of a call is looked at by its id, else by the address', () => {
  const url = 'http://127.0.0.1:8701/v6/async-events/identify'
  expect(sandboxPersonUrl({ request: request(url, { email: 'a+b@c.de' }), answer: SANDBOX })).toBe(
    'http://127.0.0.1:8701/sandbox/person?email=a%2Bb%40c.de',
  )
  expect(sandboxPersonUrl({ request: request(url, { email: 'a@b.c', partner_user_id: 'u/1' }), answer: SANDBOX })).toBe(
    'http://127.0.0.1:8701/sandbox/person?partner_user_id=u%2F1',
  )
})

test('there is no link to Extole itself, to nobody, and to no other scheme', () => {
  const real = request('https://api.extole.io/v6/async-events/x', { partner_user_id: 'u1' })
  expect(sandboxPersonUrl({ request: real, answer: { kind: 'answered', headers: {} } })).toBeUndefined()
  expect(sandboxPersonUrl({ request: real, answer: null })).toBeUndefined()
  expect(sandboxPersonUrl({ request: request('http://a.b/', {}), answer: SANDBOX })).toBeUndefined()
  const script = request('javascript:alert(1)', { partner_user_id: 'u1' })
  expect(sandboxPersonUrl({ request: script, answer: SANDBOX })).toBeUndefined()
  expect(sandboxPersonUrl({ request: { ...real, body: 'no JSON' }, answer: SANDBOX })).toBeUndefined()
})
