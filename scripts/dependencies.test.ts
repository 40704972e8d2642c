/** What an installation brings along: little, exactly named, and nothing that runs while it is installed (S27, S28). */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const DIRECT_MAX = 25
const TRANSITIVE_MAX = 150

interface Package {
  readonly version?: string
  readonly resolved?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly integrity?: string
}

const read = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'))

function installedBy(...path: string[]): readonly (readonly [string, Package])[] {
  const { packages } = read(...path, 'package-lock.json') as { packages: Record<string, Package> }
  return Object.entries(packages).filter(([name]) => name !== '')
}

test(`an installation has at most ${DIRECT_MAX} direct and ${TRANSITIVE_MAX} run-time packages in all`, () => {
  const { dependencies, optionalDependencies } = read('package.json')
  const runtime = installedBy().filter(([, { dev }]) => dev !== true)
  const direct = Object.keys({ ...dependencies, ...optionalDependencies })
  expect(direct.length).toBeGreaterThan(0)
  expect(direct.length).toBeLessThanOrEqual(DIRECT_MAX)
  expect(runtime.length).toBeGreaterThan(direct.length)
  expect(runtime.length).toBeLessThanOrEqual(TRANSITIVE_MAX)
})

test('no run-time package has an install script', () => {
  const runtime = installedBy().filter(([, { dev }]) => dev !== true)
  expect(runtime.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([name]) => name)).toEqual([])
})

describe.each([
  ['the program', []],
  ["Segment's destinations", ['src', 'destinations', 'segment-catalog', 'package']],
] as const)('%s', (_, path) => {
  test('asks for exact versions', () => {
    const {
      dependencies = {},
      devDependencies = {},
      optionalDependencies = {},
      overrides = {},
    } = read(...path, 'package.json')
    const wanted = { ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides }
    const inexact = Object.entries(wanted).filter(
      ([, version]) => !/^(npm:[^ ]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)),
    )
    expect(inexact).toEqual([])
  })

  test('its lock file names a hash for every package, and neither a registry nor a repository', () => {
    const unfit = installedBy(...path).filter(
      ([, { integrity, resolved, version }]) =>
        integrity === undefined || resolved !== undefined || !/^\d+\.\d+\.\d+/.test(version ?? ''),
    )
    expect(unfit).toEqual([])
  })
})

test.each(['scripts/prepare.mjs', 'src/destinations/segment-catalog/install.ts'])(
  '%s installs without scripts',
  (file) => {
    // Not in .npmrc: there it would switch `pretest` and the like off, too.
    expect(readFileSync(join(root, file), 'utf8')).toMatch(/'ci',\s*'--ignore-scripts'/)
  },
)
