import { expect, test } from 'vitest'
import type { RunProgress } from '../../connections/index.ts'
import { parseAudience, parseTrait } from '../../engage/index.ts'
import { statusOf } from './computation-status.ts'

const activation = {
  destinationId: 'dst_1',
  form: 'identify',
  enteredEvent: 'In',
  exitedEvent: 'Out',
  enrichTraits: [],
} as const
const audience = {
  enabled: true,
  number: 7,
  definition: parseAudience("event('A').count() >= 1"),
  activations: [activation],
}
const trait = { ...audience, definition: parseTrait("event('A').count()") }
const on = new Set(['dst_1'])
const history: RunProgress = {
  space: 1,
  phase: 'history',
  withheld: [7],
  concerned: [7],
  done: 0,
  total: 10,
  startedAtMs: 0,
  etaMs: null,
}

test.each([
  ['Disabled', { ...audience, enabled: false }, history],
  ['Preparing', audience, history],
  ['Computing', trait, history],
  ['Backfilling', audience, { ...history, done: 1 }],
  ['Backfilling', trait, { ...history, done: 1 }],
  ['Preparing', audience, { ...history, withheld: [8], concerned: [7, 8], done: 1 }],
  ['Live', audience, { ...history, withheld: [8], concerned: [8], done: 1 }],
  ['Live', audience, { ...history, phase: 'people', withheld: [], concerned: [8] }],
  ['Computing', audience, { ...history, phase: 'people', withheld: [] }],
  ['Computing', { ...audience, activations: [] }, { ...history, phase: 'people', withheld: [] }],
  ['Live', audience, undefined],
  ['Awaiting Destinations', { ...audience, activations: [] }, undefined],
  ['Awaiting Destinations', { ...trait, activations: [{ ...activation, destinationId: 'dst_off' }] }, undefined],
] as const)('it is %s', (status, computation, run) => {
  expect(statusOf(computation, run, on)).toBe(status)
})
