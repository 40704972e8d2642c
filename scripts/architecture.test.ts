/**
 * Rules that no lint tool knows: which way imports run, and that time, chance, disk and timers are reached through
 * ports. ARCHITECTURE.md says why.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** A folder may import those to the left of it, never those to the right. */
const LAYERS = [
  ['ports'],
  ['spec', 'fql'],
  ['engage'],
  ['log', 'state'],
  ['workspace'],
  ['destinations', 'tracking', 'extole', 'observe', 'unify'],
  ['delivery'],
  ['connections'],
  ['backup'],
  ['api'],
  ['app'],
  ['cli'],
  ['main.ts'],
]

/** Adapters: the files that touch the machine, and why nothing else needs to. */
const ADAPTERS = [
  /^ports\/system\.ts$/,
  /^log\/sqlite\//,
  /^log\/signal\.ts$/,
  /^tracking\/sdk-files\.ts$/,
  /^state\/data-directory\.ts$/,
  /^state\/durable-file\.ts$/,
  /^state\/sqlite\/open\.ts$/,
  /^workspace\/secrets-file\.ts$/,
  /^destinations\/segment-catalog\/(files|install|build-index)\.ts$/,
  /^backup\/(copy|contents|duplicate|erasures|failure|folder|make|restore|room|verify)\.ts$/,
  /^app\//,
  /^cli\//,
  /^main\.ts$/,
]

const AMBIENT: readonly (readonly [string, RegExp])[] = [
  ['the clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/],
  ['chance', /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(/],
  ['timers', /\b(?:setTimeout|setInterval|setImmediate)\(/],
  ['the disk', /from 'node:fs(?:\/promises)?'/],
]

const isTest = (file: string) =>
  /\.(test|fixture)\.ts$|contract\.ts$|builders\.ts$|testing\.ts$|test-server\.ts$/.test(file)

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && statSync(join(src, file)).isFile())
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }))

const sources = files.filter(({ file }) => !isTest(file))

const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder))
const folderOf = (file: string) => file.split('/')[0] ?? ''

function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+)'/g)].map(([, target = '']) =>
    relative(src, join(dirname(join(src, file)), target)),
  )
}

test('every folder has a place in the order of layers', () => {
  const folders = new Set(sources.map(({ file }) => folderOf(file)))
  expect([...folders].filter((folder) => layerOf(folder) === -1)).toEqual([])
})

test('imports run one way, and into a folder only through its index.ts', () => {
  const wrong: string[] = []
  for (const { file, text } of sources) {
    for (const target of importsOf(file, text)) {
      const [from, to] = [folderOf(file), folderOf(target)]
      if (from === to) continue
      if (layerOf(to) >= layerOf(from)) wrong.push(`${file} imports ${target}: wrong way`)
      if (target !== `${to}/index.ts`) wrong.push(`${file} imports ${target}: only ${to}/index.ts is public`)
    }
  }
  expect(wrong).toEqual([])
})

/**
 * Features of the console that are made of another one, and by which of its files: two faces of one thing, a tab that
 * hangs in another's page, an act that is offered where its subject is shown. What several need is in `shared`.
 */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  audiences: ['computations/'],
  traits: ['computations/'],
  delivery: ['destinations/route.ts'],
  sources: ['debugger/debugger.tsx', 'debugger/search.ts'],
  profiles: ['privacy/delete-person.tsx'],
}

test('in the console imports run from app to features to shared, and features leave each other alone', () => {
  const console = join(root, 'console/src')
  const wrong: string[] = []
  for (const file of readdirSync(console, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file)) continue
    const [layer = '', feature = ''] = file.split('/')
    const text = readFileSync(join(console, file), 'utf8')
    for (const [, given = ''] of text.matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+)'/g)) {
      const target = relative(console, join(dirname(join(console, file)), given))
      const [to = '', other = ''] = target.split('/')
      const isOthers = layer === 'features' && to === 'features' && other !== feature
      const isPart = MADE_OF[feature]?.some((part) => target.startsWith(`features/${part}`)) === true
      const isUp = (layer === 'shared' && /^(features|app)$/.test(to)) || (layer === 'features' && to === 'app')
      if (isUp || (isOthers && !isPart)) wrong.push(`console/src/${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('no file imports itself in a circle', () => {
  const graph = new Map(
    sources.map(({ file, text }) => [file, importsOf(file, text.replace(/import type[^;]*?from '[^']+'/gs, ''))]),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
  }
  for (const file of graph.keys()) visit(file, [])
  expect(circles).toEqual([])
})

test('time, chance, timers and disk are reached through ports, except in adapters', () => {
  const wrong: string[] = []
  for (const { file, text } of sources) {
    if (ADAPTERS.some((adapter) => adapter.test(file))) continue
    for (const [index, line] of text.split('\n').entries()) {
      if (/^\s*(\/?\*|\/\/)/.test(line)) continue
      for (const [what, pattern] of AMBIENT)
        if (pattern.test(line)) wrong.push(`src/${file}:${index + 1} reaches ${what}`)
    }
  }
  expect(wrong).toEqual([])
})

test('no file speaks of this or any other machine, and no folder is called after nothing', () => {
  const wrong = files.flatMap(({ file, text }) => {
    const found: string[] = []
    if (/(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(file)) found.push(`${file}: name what it holds`)
    if (/['"` ]\/(?:work|root)\/[a-z]/.test(text)) found.push(`${file}: a path of some machine`)
    return found
  })
  expect(wrong).toEqual([])
})
