import { expect, test } from 'vitest'
import { browserSnippet } from '../../../../src/tracking/snippet.ts'
import { snippetFor } from './snippets.ts'
import { WAYS, wayOf } from './ways.ts'

const BASE = 'https://events.example.com:8443'

test.each(WAYS)('$label: host and write key are filled in', ({ slug }) => {
  const { text } = snippetFor(slug, BASE, 'key-1')
  expect(text).toContain(slug === 'pixel' ? 'data=' : 'key-1')
  expect(text).toContain('events.example.com')
  expect(text).toContain('8443')
})

test('a page gets what the command prints', () => {
  expect(`${snippetFor('javascript', BASE, 'key-1').text}\n`).toBe(browserSnippet(BASE, 'key-1'))
})

test('the pixel has the write key and an event in its address', () => {
  const [, data = ''] = /data=([\w-]+)"/.exec(snippetFor('pixel', BASE, 'key-1').text) ?? []
  const event = JSON.parse(atob(data.replaceAll('-', '+').replaceAll('_', '/')))
  expect(event).toEqual({ writeKey: 'key-1', userId: 'user-1', event: 'Email Opened' })
})

test('the mobile SDKs speak https only, which is said where it matters', () => {
  expect(snippetFor('swift', BASE, 'k').note).toBeUndefined()
  expect(snippetFor('kotlin', 'http://127.0.0.1:8700', 'k').note).toContain('TLS')
})

test('a kind without words of its own is sent to over HTTP', () => {
  expect([wayOf('node'), wayOf('flutter'), wayOf('my-own')]).toEqual(['node', 'http', 'http'])
})
