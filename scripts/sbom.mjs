// `npm run sbom`: what the built package consists of, as CycloneDX on standard output, from npm's own reading of the lock
// file. The build puts the same into the package as `sbom.cdx.json`. What differs between two runs on one checkout (the
// time, the random serial number) is left out or made of the content, so that the package's bytes stay the same.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageId, shippedPackages } from './shipped.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))

/** @throws Error when npm gives none, or one that lacks a package that is shipped */
export function sbom() {
  const manifest = read('package.json')
  const wanted = new Set(shippedPackages(read('package-lock.json'), manifest).map(packageId))
  const own = `${manifest.name}@${manifest.version}`
  const { serialNumber: _random, metadata, components, dependencies, ...rest } = fromNpm()
  const { timestamp: _now, component, ...about } = metadata
  const kept = components.filter((each) => wanted.has(each['bom-ref']))
  const missing = [...wanted].filter((id) => !kept.some((each) => each['bom-ref'] === id))
  if (missing.length > 0) throw new Error(`npm's list of components lacks ${missing.join(', ')}.`)
  const content = {
    metadata: { ...about, component: { ...component, name: manifest.name } },
    components: kept,
    dependencies: dependencies
      .filter(({ ref }) => ref === own || wanted.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((id) => wanted.has(id)) })),
  }
  return { ...rest, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`, ...content }
}

/** Of everything in the lock file: with `--omit=dev` npm leaves out what the program and its tests both need. */
function fromNpm() {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only']
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`)
  return JSON.parse(stdout)
}

/** A UUID of version 8 (RFC 9562), made of a text. */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(sbom(), null, 2))
