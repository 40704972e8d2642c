import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asDefinition } from './definition.ts'
import { MASK, SECRET_LENGTH_MIN, Secrets, unmark } from './secrets.ts'

const definition = asDefinition({
  name: 'Test',
  mode: 'cloud',
  authentication: {
    scheme: 'custom',
    fields: {
      apiKey: { type: 'password', label: '', description: '' },
      other: { type: 'password', label: '', description: '' },
      url: { type: 'string', label: '', description: '' },
    },
  },
  actions: {},
})

const aRequest = (over: object) => ({ method: 'POST', url: 'https://a.test/', headers: {}, body: null, ...over })

describe('what people see', () => {
  test('a credential is masked wherever it stands, as text, in JSON and in a URL', () => {
    const secrets = new Secrets(definition, { apiKey: 'a "b" & c', url: 'https://a.test' })
    expect(secrets.mask('key a "b" & c.')).toBe(`key ${MASK}.`)
    expect(secrets.mask(JSON.stringify({ key: 'a "b" & c' }))).toBe(`{"key":"${MASK}"}`)
    expect(secrets.mask(`?key=${encodeURIComponent('a "b" & c')}`)).toBe(`?key=${MASK}`)
    expect(secrets.mask('https://a.test')).toBe('https://a.test')
  })

  test('headers that carry credentials are masked whatever they hold', () => {
    const headers = {
      authorization: 'Basic dTpw',
      cookie: 'a=b',
      'x-api-key': 'q',
      'x-other': 'long-secret',
      accept: '*/*',
    }
    const secrets = new Secrets(definition, { apiKey: 'long-secret' })
    expect(secrets.maskRequest(aRequest({ headers })).headers).toEqual({
      authorization: MASK,
      cookie: MASK,
      'x-api-key': MASK,
      'x-other': MASK,
      accept: '*/*',
    })
  })

  test('a secret that contains another is masked whole', () => {
    const secrets = new Secrets(definition, { apiKey: 'secret', other: 'secret-and-more' })
    expect(secrets.mask('secret-and-more secret')).toBe(`${MASK} ${MASK}`)
  })

  test('values too short to be secret are not looked for', () => {
    const short = 'x'.repeat(SECRET_LENGTH_MIN - 1)
    expect(new Secrets(definition, { apiKey: short }).mask(short)).toBe(short)
    expect(new Secrets(definition, { apiKey: `${short}x` }).mask(`${short}x`)).toBe(MASK)
  })
})

const anyText = fc.string({ unit: 'grapheme' })
const anySecret = fc.string({ unit: 'grapheme-ascii', minLength: SECRET_LENGTH_MIN, maxLength: 20 })

describe('what is kept', () => {
  test('holds no credential, and becomes the same text again', () => {
    fc.assert(
      fc.property(anySecret, anySecret, fc.array(anyText), (apiKey, other, texts) => {
        const settings = { apiKey, other }
        const body = texts.flatMap((text) => [text, apiKey, JSON.stringify(other)]).join('|')
        const kept = new Secrets(definition, settings).mark(aRequest({ body }))
        expect(unmark(kept?.body ?? '', settings)).toBe(body)
        if (!'plain:apiKey|json:apiKey|uri:apiKey|plain:other'.includes(apiKey))
          expect(kept?.body).not.toContain(apiKey)
      }),
    )
  })

  test.each([
    { type: 'application/json', body: '{"k":"old-secret"}', becomes: '{"k":"new \\"secret\\""}' },
    { type: 'application/x-www-form-urlencoded', body: 'k=old-secret', becomes: 'k=new%20%22secret%22' },
    { type: 'text/plain', body: 'k old-secret', becomes: 'k new "secret"' },
  ])('takes on new credentials, written as $type wants them', ({ type, body, becomes }) => {
    const request = aRequest({ body, headers: { 'content-type': type }, url: 'https://a.test/?k=old-secret' })
    const kept = new Secrets(definition, { apiKey: 'old-secret' }).mark(request)
    expect(unmark(kept?.body ?? '', { apiKey: 'new "secret"' })).toBe(becomes)
    expect(unmark(kept?.url ?? '', { apiKey: 'new "secret"' })).toBe('https://a.test/?k=new%20%22secret%22')
  })

  test('a text with marks of its own is not kept', () => {
    const secrets = new Secrets(definition, { apiKey: 'old-secret' })
    expect(secrets.mark(aRequest({ body: 'x\uE0F0plain:apiKey\uE0F1' }))).toBeNull()
    expect(secrets.mark(aRequest({ url: 'https://a.test/\uE0F0' }))).toBeNull()
  })
})
