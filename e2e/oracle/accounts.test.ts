/** Accounts beside a model that recomputes everything from the whole history. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plansOf } from '../../src/engage/index.ts'
import { PeopleStep } from '../../src/unify/index.ts'
import {
  accountComputations,
  accountHistoryOf,
  adoptAccounts,
  adoptedComputations,
  followAccounts,
} from './accounts.fixture.ts'

test('what accounts come to, and the sequence of their changes, are those of a computation from the whole history', async () => {
  let changes = 0
  const property = fc.asyncProperty(accountHistoryOf(accountComputations), async (each) => {
    changes += await followAccounts({ PeopleStep, plansOf }, each)
  })
  await fc.assert(property, { numRuns: 300 })
  expect(changes).toBeGreaterThan(300)
}, 120_000)

test('made in the midst of a history, what they ask of people comes to the same as from the start, and nothing half is told', async () => {
  let changes = 0
  const property = fc.asyncProperty(
    accountHistoryOf(adoptedComputations),
    fc.integer({ min: 1, max: 5 }),
    async (each, chunk) => {
      changes += await adoptAccounts({ PeopleStep, plansOf }, each, chunk)
    },
  )
  await fc.assert(property, { numRuns: 150 })
  expect(changes).toBeGreaterThan(50)
}, 120_000)
