import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ENTRIES_MAX, VALUES_MAX } from '../leaf.ts'
import { COMPARISONS, DATE_TESTS, PRESENCE_TESTS, RELATIVE_TESTS, UNITS, WORD_TESTS } from './ast.ts'
import {
  DEPTH_MAX,
  NAME_CHARS_MAX,
  PRIMARIES_MAX,
  SESSION_MS_MAX,
  TEXT_CHARS_MAX,
  WINDOW_DAYS_MAX,
  WORDS_MAX,
} from './limits.ts'
import { EXTRACTORS, METHODS, parseAudience, parseTrait } from './parse.ts'
import { print } from './print.ts'

const text = readFileSync(join(import.meta.dirname, '../../../docs/query-language.md'), 'utf8')
const examples = [...text.matchAll(/```(audience|trait|account)\n(.*?)```/gs)].flatMap(([, kind = '', lines = '']) =>
  lines
    .trim()
    .split('\n')
    .map((line) => ({ kind, line })),
)

describe('every example of the reference is read, and stands there in its canonical form', () => {
  test.each(examples)('$kind: $line', ({ kind, line }) => {
    const definition =
      kind === 'trait' ? parseTrait(line) : parseAudience(line, kind === 'account' ? 'accounts' : 'users')
    expect(print(definition)).toBe(line)
  })
})

test('every word of the language has an example in the reference', () => {
  const all = examples.map(({ line }) => line).join('\n')
  const called = [...EXTRACTORS, ...METHODS.filters, ...METHODS.reducers]
  const tests = [...WORD_TESTS, ...DATE_TESTS, ...RELATIVE_TESTS, ...PRESENCE_TESTS]
  const missing = [
    ...[...called, ...tests].filter((word) => !new RegExp(`\\b${word}\\(`).test(all)),
    ...COMPARISONS.filter((sign) => !text.includes(`\`${sign} `)),
    ...UNITS.filter((unit) => !text.includes(`\`${unit}s\``)),
    ...['AND', 'OR', 'NOT', 'ANY', 'ALL', 'parent:', 'as string'].filter((word) => !all.includes(word)),
  ]
  expect(missing).toEqual([])
})

test('the limits of the reference are those of the language', () => {
  const table = text.slice(text.indexOf('## Limits'))
  expect([...table.matchAll(/\| (\d+) \|$/gm)].map(([, limit]) => Number(limit))).toEqual([
    TEXT_CHARS_MAX,
    PRIMARIES_MAX,
    DEPTH_MAX,
    NAME_CHARS_MAX,
    WORDS_MAX,
    WINDOW_DAYS_MAX,
    SESSION_MS_MAX / 86_400_000,
    ENTRIES_MAX,
    VALUES_MAX,
  ])
})
