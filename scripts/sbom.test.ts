/** The list of what the package consists of names every package that it brings, with the lock file's hash (S29). */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}

interface Bom {
  readonly bomFormat: string
  readonly specVersion: string
  readonly serialNumber: string
  readonly metadata: { readonly component: Component; readonly timestamp?: string }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

interface Entry {
  readonly version: string
  readonly integrity: string
  readonly dev?: boolean
}

const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'))
const write = () => execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: root, encoding: 'utf8' })
const text = write()
const bom: Bom = JSON.parse(text)

test('every run-time package of the lock file is listed with its hash, and nothing that only tests need', () => {
  const { optionalDependencies } = read('package.json')
  const { packages } = read('package-lock.json') as { packages: Record<string, Entry> }
  const runtime = Object.entries(packages).flatMap(([path, { version, integrity, dev }]) => {
    const name = path.split('node_modules/').at(-1) ?? ''
    if (name === '' || dev === true || name in optionalDependencies) return []
    const [algorithm, hash = ''] = integrity.split('-')
    return [`${name}@${version} ${algorithm} ${Buffer.from(hash, 'base64').toString('hex')}`]
  })
  const listed = bom.components.map(({ name, version, hashes }) => {
    const [hash] = hashes ?? []
    return `${name}@${version} ${hash?.alg.toLowerCase().replace('-', '')} ${hash?.content}`
  })
  expect(listed.length).toBeGreaterThan(14)
  expect(listed.toSorted()).toEqual([...new Set(runtime)].sort())
})

test('it is CycloneDX about this version, and what depends on what leads to listed packages only', () => {
  const { name, version, dependencies } = read('package.json')
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { name, version } } })
  expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const ids = new Set(bom.components.map((each) => `${each.name}@${each.version}`))
  expect(bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((id) => !ids.has(id))).toEqual([])
  const own = bom.dependencies.find(({ ref }) => ref === `${name}@${version}`)
  const direct = Object.entries(dependencies).map(([each, exact]) => `${each}@${exact}`)
  expect(own?.dependsOn.toSorted()).toEqual(direct.sort())
})

test('the same checkout gives the same bytes', () => {
  expect(write()).toBe(text)
})
