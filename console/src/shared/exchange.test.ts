import { expect, test } from 'vitest'
import { answerLine, answerOf, requestOf } from './exchange.ts'

test('a request has its line, its headers and its body in lines', () => {
  const request = {
    method: 'POST',
    url: 'https://a.example/b',
    headers: { accept: 'x', authorization: 'Bearer ••••' },
    body: '{"a":1}',
  }
  expect(requestOf(request)).toEqual({
    line: 'POST https://a.example/b',
    headers: 'accept: x\nauthorization: Bearer ••••',
    body: '{\n  "a": 1\n}',
  })
})

test('what is no request is not drawn as one', () => {
  expect([requestOf(null), requestOf('POST'), requestOf({ method: 1 })]).toEqual([undefined, undefined, undefined])
})

test('an answer is told with its status, and where there was none, what happened instead', () => {
  expect(answerOf({ status: 400, body: 'no' })).toEqual({ line: 'Answered 400', body: 'no' })
  expect(answerOf({ kind: 'not_sent', reason: 'ECONNREFUSED' })).toEqual({
    line: 'Nothing was sent',
    body: 'ECONNREFUSED',
  })
  expect([answerOf(null), answerOf({})]).toEqual([undefined, undefined])
})

test('of an answer the one sentence in it is told, wherever the destination puts it', () => {
  const said = (body: string) => answerLine({ status: 400, body })
  const sentence = 'Answered 400: Blocked due to client specific rules'
  const message = 'Blocked due to client specific rules'
  for (const body of [{ code: 'event_blocked', message }, { error: { message } }, { errors: [{ detail: message }] }]) {
    expect(said(JSON.stringify(body))).toBe(sentence)
  }
  expect(said('<html>\n  no')).toBe('Answered 400: <html> no')
  expect(said('{"a":1}')).toBe('Answered 400: { "a": 1 }')
  expect(said('x'.repeat(201))).toBe(`Answered 400: ${'x'.repeat(200)}…`)
  expect([said(''), answerLine(null)]).toEqual(['Answered 400', undefined])
  expect(answerLine({ kind: 'not_sent', reason: 'ECONNREFUSED' })).toBe('Nothing was sent: ECONNREFUSED')
})
