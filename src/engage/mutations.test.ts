import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, followHistory, historyOf } from './histories.fixture.ts'
import { parseAudience, parseTrait } from './language/index.ts'
import { MUTATIONS, type Mutation } from './mutations.fixture.ts'

/** Histories in which a fault must be noticed; the same ones each time. */
const RUNS_MAX = 400
const SEED = 4

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'grapevine-mutations-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** A copy of this folder's sources, one of them changed. */
async function engineWith(mutation: Mutation | null, name: string): Promise<Engine> {
  const files = await readdir(import.meta.dirname, { recursive: true })
  for (const file of files.filter((each) => /^(?!.*\.(test|fixture)\.ts$).*\.ts$/.test(each))) {
    const text = await readFile(join(import.meta.dirname, file), 'utf8')
    const changed = mutation?.file === file ? text.replace(mutation.from, () => mutation.to) : text
    await mkdir(dirname(join(directory, name, file)), { recursive: true })
    await writeFile(join(directory, name, file), changed)
  }
  return import(/* @vite-ignore */ pathToFileURL(join(directory, name, 'index.ts')).href)
}

function follow(engine: Engine, { definitions, countsFromMs }: Pick<Mutation, 'definitions' | 'countsFromMs'>) {
  const all = definitions.map((text, index) => ({
    number: index + 1,
    key: `c${index + 1}`,
    definition: definitionOf(text),
    ...(countsFromMs === undefined ? {} : { countsFromMs }),
  }))
  const property = fc.property(historyOf(fc.constant(all)), (each) => followHistory(engine, each))
  return fc.check(property, { seed: SEED, numRuns: RUNS_MAX, endOnFailure: true })
}

const definitionOf = (text: string) => (/\)$/.test(text) && text.startsWith('event') ? parseTrait : parseAudience)(text)

test('without a fault nothing is noticed', async () => {
  const engine = await engineWith(null, 'right')
  const different = Map.groupBy(MUTATIONS, ({ definitions, countsFromMs }) => `${definitions.join()} ${countsFromMs}`)
  for (const [mutation] of different.values())
    expect(follow(engine, mutation ?? { definitions: [] })).toMatchObject({ failed: false })
}, 60_000)

describe('is noticed', () => {
  test.each(MUTATIONS.map((mutation, index) => ({ ...mutation, index })))(
    '$name',
    async (mutation) => {
      const text = await readFile(join(import.meta.dirname, mutation.file), 'utf8')
      expect(text.split(mutation.from).length - 1, 'the text to change stands in the file once').toBe(1)
      const engine = await engineWith(mutation, `m${mutation.index}`)
      expect(follow(engine, mutation).failed).toBe(true)
    },
    60_000,
  )
})
