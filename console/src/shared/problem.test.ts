import { expect, test } from 'vitest'
import { fieldErrors, isToldByFields, problemOf } from './problem.ts'

test('a problem in the envelope of Segment and one in our own are told alike', () => {
  const segment = problemOf(
    422,
    { errors: [{ type: 'input-validation', field: 'name', message: 'name is missing' }] },
    'r1',
  )
  const own = problemOf(
    422,
    { error: { code: 'invalid', message: 'name is missing', fields: [{ field: 'name', message: 'name is missing' }] } },
    'r1',
  )
  expect([segment.code, own.code]).toEqual(['input_validation', 'invalid'])
  for (const each of [segment, own]) {
    expect(each).toMatchObject({ status: 422, message: 'name is missing', requestId: 'r1' })
    expect(each.fields.get('name')).toBe('name is missing')
  }
})

test.each([undefined, null, '', 'gateway timeout', { errors: [] }])(
  'an answer that is no envelope, %j, is a problem all the same',
  (body) => {
    expect(problemOf(502, body, undefined)).toMatchObject({ status: 502, code: 'unknown' })
  },
)

test('what is said of a field stands beside it without its name', () => {
  const errors = [
    { field: 'settings.apiBaseUrl', message: 'settings.apiBaseUrl must be a URL' },
    { field: 'settings.eventNames', message: 'is not valid JSON' },
    { field: 'if', message: 'if cannot be read at character 3' },
  ]
  expect([...fieldErrors(problemOf(422, { errors }, undefined), 'settings')]).toEqual([
    ['apiBaseUrl', 'Must be a URL'],
    ['eventNames', 'Is not valid JSON'],
    ['if', 'Cannot be read at character 3'],
  ])
  expect(fieldErrors(new Error('no answer'), 'settings').size).toBe(0)
})

test('a problem is told by the fields only when each of its parts has one that shows it', () => {
  const said = (...fields: string[]) => new Map(fields.map((field) => [field, 'Is wrong']))
  expect(isToldByFields(said('name', 'apiKey'), ['name', 'apiKey', 'url'])).toBe(true)
  expect(isToldByFields(said('name', 'sourceId'), ['name', 'apiKey'])).toBe(false)
  expect(isToldByFields(said(), ['name'])).toBe(false)
})
