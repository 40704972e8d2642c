/** What a first visit costs: bytes of the shell, time until something is seen, and that nothing jumps when data comes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { joinAsOwner, startConsole, type TestConsole, WITHOUT_BROWSER } from './console.fixture.ts'

/** Bytes, gzipped, of everything that every page needs. */
const SHELL_BYTES_MAX = 300 * 1024
/** Milliseconds on this machine until the first text or shape is drawn, by the browser's own clock. */
const FIRST_PAINT_MS_MAX = 1_000
/** Google calls 0.1 good; here nothing is to jump. */
const LAYOUT_SHIFT_MAX = 0.02

const BUILT = join(import.meta.dirname, '../../artifacts/console')

interface Chunk {
  readonly file: string
  readonly isEntry?: true
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}
const manifest = () =>
  JSON.parse(readFileSync(join(BUILT, '.vite/manifest.json'), 'utf8')) as Readonly<Record<string, Chunk>>

/** The files that are loaded with a chunk: those it imports, and their styles. */
function filesWith(chunks: Readonly<Record<string, Chunk>>, name: string, seen = new Set<string>()): Set<string> {
  const chunk = chunks[name]
  if (chunk === undefined || seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const file of chunk.css ?? []) seen.add(file)
  for (const each of chunk.imports ?? []) filesWith(chunks, each, seen)
  return seen
}

const gzipped = (file: string) => readFileSync(join(BUILT, `${file}.gz`)).length

let at: TestConsole

beforeAll(async () => {
  if (WITHOUT_BROWSER === '') at = await startConsole()
}, 60_000)

afterAll(async () => {
  await at?.[Symbol.asyncDispose]()
}, 60_000)

test.skipIf(WITHOUT_BROWSER !== '')('the shell is small, and charts are no part of it', () => {
  const chunks = manifest()
  const [entry = ''] = Object.entries(chunks).find(([, { isEntry }]) => isEntry === true) ?? []
  const shell = filesWith(chunks, entry)
  const bytes = [...shell].reduce((sum, file) => sum + gzipped(file), 0)
  expect(shell.size).toBeGreaterThanOrEqual(2)
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes, [...shell].join(' ')).toBeLessThan(SHELL_BYTES_MAX)
  const text = [...shell].map((file) => readFileSync(join(BUILT, file), 'utf8')).join('')
  expect(text).not.toContain('recharts')
})

const PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName('first-contentful-paint')[0]
    if (paint !== undefined) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})`

const SHIFT = `new Promise((resolve) => {
  let sum = 0
  const sources = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      sum += entry.value
      for (const { node } of entry.sources) sources.push(node?.outerHTML?.slice(0, 120) ?? '')
    }
  }).observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve({ sum, sources }), 2_500)
})`

test.skipIf(WITHOUT_BROWSER !== '')(
  `something is seen within a second, and nothing jumps while data arrives${WITHOUT_BROWSER}`,
  async () => {
    const { page } = at
    await joinAsOwner(at)
    for (const size of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize(size)
      await page.reload()
      await page.getByText('It adds up').waitFor()
      expect(await page.evaluate(PAINT)).toBeLessThan(FIRST_PAINT_MS_MAX)
      const { sum, sources } = (await page.evaluate(SHIFT)) as { sum: number; sources: string[] }
      expect(sum, sources.join('\n')).toBeLessThan(LAYOUT_SHIFT_MAX)
    }
    expect(at.browser.errors).toEqual([])
  },
  60_000,
)
