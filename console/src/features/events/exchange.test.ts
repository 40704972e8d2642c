import { expect, test } from 'vitest'
import { answerOf, requestOf } from './exchange.ts'

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
