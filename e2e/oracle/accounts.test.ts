/** Accounts beside a model that recomputes everything from the whole history. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plansOf } from '../../src/engage/index.ts'
import { PeopleStep } from '../../src/unify/index.ts'
import { accountComputations, accountHistoryOf, followAccounts } from './accounts.fixture.ts'

test('what accounts come to, and the sequence of their changes, are those of a computation from the whole history', async () => {
  let changes = 0
  const property = fc.asyncProperty(accountHistoryOf(accountComputations), async (each) => {
    changes += await followAccounts({ PeopleStep, plansOf }, each)
  })
  await fc.assert(property, { numRuns: 300 })
  expect(changes).toBeGreaterThan(300)
}, 120_000)
