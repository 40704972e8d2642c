import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAudience, parseTrait } from '../../src/engage/index.ts'
import type { LevelComputation } from '../../src/engage/levels.ts'
import { ACCOUNT_MUTATIONS, type AccountMutation } from './account-mutations.fixture.ts'
import { accountHistoryOf, followAccounts, type Tested } from './accounts.fixture.ts'

/** Histories in which a fault must be noticed; the same ones each time. */
const RUNS_MAX = 400
const SEED = 4
const SRC = resolve(import.meta.dirname, '../../src')
const COPIED = ['engage', 'unify']

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'grapevine-account-mutations-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** What is tested, of copies of its folders, one file of them changed. */
async function testedWith(mutation: AccountMutation | null, name: string): Promise<Tested> {
  const src = join(directory, name, 'src')
  await mkdir(src, { recursive: true })
  await symlink(resolve(SRC, '../node_modules'), join(directory, name, 'node_modules'))
  for (const folder of await readdir(SRC)) {
    if (COPIED.includes(folder)) await cp(join(SRC, folder), join(src, folder), { recursive: true })
    else await symlink(join(SRC, folder), join(src, folder))
  }
  if (mutation !== null) {
    const text = await readFile(join(SRC, mutation.file), 'utf8')
    await writeFile(
      join(src, mutation.file),
      text.replace(mutation.from, () => mutation.to),
    )
  }
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(src, path)).href)
  const [{ PeopleStep }, { plansOf }] = [await load('unify/index.ts'), await load('engage/index.ts')]
  return { PeopleStep, plansOf }
}

async function follow(tested: Tested, { definitions, includesAnonymous }: Omit<AccountMutation, 'name'>) {
  const all = definitions.map((text, at): LevelComputation => {
    const definition = (/^event.*\)$/.test(text) ? parseTrait : parseAudience)(text, 'accounts')
    return { number: at + 1, key: `c${at + 1}`, level: 'accounts', definition, includesAnonymous }
  })
  const property = fc.asyncProperty(accountHistoryOf(fc.constant(all)), async (each) => {
    await followAccounts(tested, each)
  })
  return fc.check(property, { seed: SEED, numRuns: RUNS_MAX, endOnFailure: true })
}

test('without a fault nothing is noticed', async () => {
  const tested = await testedWith(null, 'right')
  const different = Map.groupBy(
    ACCOUNT_MUTATIONS,
    ({ definitions, includesAnonymous }) => `${definitions} ${includesAnonymous}`,
  )
  for (const [mutation] of different.values())
    if (mutation !== undefined) expect(await follow(tested, mutation)).toMatchObject({ failed: false })
}, 60_000)

describe('is noticed', () => {
  test.each(ACCOUNT_MUTATIONS.map((mutation, index) => ({ ...mutation, index })))(
    '$name',
    async (mutation) => {
      const text = await readFile(join(SRC, mutation.file), 'utf8')
      expect(text.split(mutation.from).length - 1, 'the text to change stands in the file once').toBe(1)
      const tested = await testedWith(mutation, `m${mutation.index}`)
      expect((await follow(tested, mutation)).failed).toBe(true)
    },
    60_000,
  )
})
