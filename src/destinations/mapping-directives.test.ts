/** Every directive of a mapping (segment contract 3.5), as an action's fields are really filled, with its mistakes. */
// biome-ignore-all lint/suspicious/noThenProperty: it is the framework's word.
import type { ActionDefinition } from '@segment/actions-core'
import { expect, test } from 'vitest'
import type { Settings } from './definition.ts'
import { mapFields } from './prepared-action.ts'

/** Takes whatever a mapping makes. */
const anything: ActionDefinition<Settings> = { title: 'Any', description: '', fields: {}, perform: () => undefined }

const event = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  properties: {
    total: 12.5,
    coupon: 'SPRING SALE',
    empty: '',
    nothing: null,
    gift: false,
    json: '{"a":[1]}',
    nested: { deep: { x: 1 }, list: [1, 2] },
    products: [
      { sku: 's1', price: 1 },
      { sku: 's2', price: null },
    ],
  },
}
const map = (value: unknown) => mapFields(anything, { field: value }, structuredClone(event))['field']
const path = (name: string) => ({ '@path': `$.properties.${name}` })

test.each([
  ['a text', 'plain', 'plain'],
  ['a number', 7, 7],
  ['a boolean', true, true],
  ['null', null, null],
  ['raw JSON', { a: { b: [1, 'x'] } }, { a: { b: [1, 'x'] } }],
  ['@path', path('total'), 12.5],
  ['@path into a list', { '@path': '$.properties.products[1].sku' }, 's2'],
  ['@path to nothing', path('missing.more'), undefined],
  ['@path inside raw JSON', { id: { '@path': '$.userId' } }, { id: 'u1' }],
  ['@template', { '@template': '{{event}} of {{userId}}: {{properties.total}}' }, 'Order Completed of u1: 12.5'],
  ['@template with what is missing', { '@template': 'x{{properties.missing}}y' }, 'xy'],
  ['@literal', { '@literal': 'as it is' }, 'as it is'],
  ['@if exists', { '@if': { exists: path('total'), then: 'yes', else: 'no' } }, 'yes'],
  ['@if exists, of null', { '@if': { exists: path('nothing'), then: 'yes', else: 'no' } }, 'no'],
  ['@if exists, of an empty text', { '@if': { exists: path('empty'), then: 'yes', else: 'no' } }, 'yes'],
  ['@if blank, of an empty text', { '@if': { blank: path('empty'), then: 'yes', else: 'no' } }, 'no'],
  ['@if without an else', { '@if': { exists: path('missing'), then: 'yes' } }, undefined],
  ['@case lower', { '@case': { operator: 'lower', value: path('coupon') } }, 'spring sale'],
  ['@case upper', { '@case': { operator: 'upper', value: { '@path': '$.event' } } }, 'ORDER COMPLETED'],
  ['@case of a number', { '@case': { operator: 'lower', value: path('total') } }, 12.5],
  ['@replace', { '@replace': { pattern: 'S', replacement: 'z', value: path('coupon') } }, 'zPRING zALE'],
  [
    '@replace, once, in any case, and a second pattern',
    {
      '@replace': {
        pattern: 's',
        replacement: '-',
        pattern2: ' ',
        replacement2: '_',
        global: false,
        ignorecase: true,
        value: path('coupon'),
      },
    },
    '-PRING_SALE',
  ],
  [
    '@replace takes its pattern literally',
    { '@replace': { pattern: '.', replacement: '', value: path('total') } },
    '125',
  ],
  [
    '@arrayPath',
    { '@arrayPath': ['$.properties.products', { id: { '@path': '$.sku' } }] },
    [{ id: 's1' }, { id: 's2' }],
  ],
  ['@arrayPath without a shape', { '@arrayPath': ['$.properties.nested.list'] }, [1, 2]],
  ['@flatten', { '@flatten': { value: path('nested'), separator: '_' } }, { deep_x: 1, list_0: 1, list_1: 2 }],
  [
    '@flatten that leaves lists alone',
    { '@flatten': { value: path('nested'), separator: '.', omitArrays: true } },
    { 'deep.x': 1, list: [1, 2] },
  ],
  ['@json encode', { '@json': { mode: 'encode', value: path('nested.list') } }, '[1,2]'],
  ['@json decode', { '@json': { mode: 'decode', value: path('json') } }, { a: [1] }],
  ['@json decode of what is no JSON', { '@json': { mode: 'decode', value: path('coupon') } }, 'SPRING SALE'],
  ['@merge right', { '@merge': { objects: [{ a: 1, b: 1 }, { b: 2 }], direction: 'right' } }, { a: 1, b: 2 }],
  ['@merge left', { '@merge': { objects: [{ a: 1, b: 1 }, { b: 2 }], direction: 'left' } }, { a: 1, b: 1 }],
  [
    '@transform',
    { '@transform': { apply: { sum: path('total') }, mapping: { value: { '@path': '$.sum' } } } },
    { value: 12.5 },
  ],
  ['@excludeWhenNull of null', { '@excludeWhenNull': path('nothing') }, undefined],
  ['@excludeWhenNull inside', { '@excludeWhenNull': { a: path('nothing'), b: path('total') } }, { b: 12.5 }],
  ['@liquid', { '@liquid': '{{ properties.coupon | downcase | split: " " | first }}' }, 'spring'],
])('%s', (_, value, expected) => {
  expect(map(value)).toEqual(expected)
})

test.each([
  ['a directive that is not known', { '@nothing': 'x' }],
  ['a directive beside other keys', { '@path': '$.a', other: 1 }],
  ['@path without a text', { '@path': 7 }],
  ['@if without a condition', { '@if': { then: 'x' } }],
  ['@case with another operator', { '@case': { operator: 'title', value: { '@path': '$.event' } } }],
  ['@replace with a long pattern', { '@replace': { pattern: 'x'.repeat(11), replacement: '', value: 'x' } }],
  ['@replace with a long replacement', { '@replace': { pattern: 'x', replacement: 'y'.repeat(11), value: 'x' } }],
  ['@arrayPath without a list', { '@arrayPath': '$.properties' }],
  ['@flatten without a separator', { '@flatten': { value: path('nested') } }],
  ['@json without a mode', { '@json': { value: path('json') } }],
  ['@merge without a direction', { '@merge': { objects: [{}] } }],
  ['@transform without a mapping', { '@transform': { apply: {} } }],
  ['@liquid longer than 1,000 characters', { '@liquid': `{{ userId }}${'x'.repeat(1_000)}` }],
  ['@liquid with a loop', { '@liquid': '{% for i in (1..9) %}x{% endfor %}' }],
])('%s is a mistake and makes no request', (_, value) => {
  expect(() => map(value)).toThrow(/./)
})
