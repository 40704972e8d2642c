import { expect, test } from 'vitest'
import { bodyOf, draftOf, problemsOf, type ReplayAction, reduce } from './replay-draft.ts'

const after = (...actions: ReplayAction[]) => actions.reduce(reduce, draftOf('rejected_400'))

test('a draft begins with the reason it was opened for, and all of it can be previewed', () => {
  expect(problemsOf(draftOf(undefined))).toEqual({})
  expect(bodyOf('d', draftOf(undefined))).toEqual({ destinationId: 'd', kind: 'dead', ratePerSecond: 500 })
  expect(bodyOf('d', draftOf('redirect'))).toMatchObject({ reasons: ['redirect'] })
})

test('history has no reasons and needs a beginning', () => {
  const draft = after({ type: 'kind', kind: 'history' })
  expect(draft.reasons).toEqual([])
  expect(problemsOf(draft)).toHaveProperty('from')
  expect(problemsOf(reduce(draft, { type: 'from', text: '2026-01-31T00:00' }))).toEqual({})
})

test('what is left empty is not sent, and times are sent with their zone', () => {
  const draft = after({ type: 'event', text: '  Signed Up ' }, { type: 'from', text: '2026-01-31T00:00' })
  expect(bodyOf('d', draft)).toEqual({
    destinationId: 'd',
    kind: 'dead',
    reasons: ['rejected_400'],
    event: 'Signed Up',
    from: new Date('2026-01-31T00:00').toISOString(),
    ratePerSecond: 500,
  })
})

test.each([0, 10_001, 1.5, ''])('a rate of %j is a problem of its field', (rate) => {
  expect(problemsOf(after({ type: 'rate', rate }))).toHaveProperty('rate')
})

test('an end that is not after the beginning is a problem', () => {
  const draft = after({ type: 'from', text: '2026-01-31T00:00' }, { type: 'to', text: '2026-01-31T00:00' })
  expect(problemsOf(draft)).toHaveProperty('to')
})
