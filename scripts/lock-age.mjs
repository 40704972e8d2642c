// `npm run lock:age [git revision]`: whether every package version that the lock files have and the revision (HEAD if none
// is named) had not was published at least seven days ago (reliability contract S27): most malicious releases are found
// within days. Asks the npm registry, so it is no part of `npm test`. Ends with 1 when one is younger.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { packageId } from './shipped.mjs'

const AGE_DAYS_MIN = 7
const DAY_MS = 24 * 3_600_000
const LOCK_FILES = ['package-lock.json', 'src/destinations/segment-catalog/package/package-lock.json']

const revision = process.argv[2] ?? 'HEAD'
if (spawnSync('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]).status !== 0) {
  console.error(`git knows no revision ${revision}. Name a commit, a tag or a branch.`)
  process.exit(2)
}
const added = new Set(LOCK_FILES.filter((file) => existsSync(file)).flatMap(addedTo))
const young = []
const unknown = []
for (const id of added) {
  const publishedMs = Date.parse(publishedAt(id))
  if (Number.isNaN(publishedMs)) unknown.push(id)
  else if (Date.now() - publishedMs < AGE_DAYS_MIN * DAY_MS) young.push([id, publishedMs + AGE_DAYS_MIN * DAY_MS])
}
for (const [id, oldEnoughMs] of young) {
  console.error(
    `${id} is younger than ${AGE_DAYS_MIN} days: take an older version, or wait until ${new Date(oldEnoughMs).toISOString()}.`,
  )
}
if (unknown.length > 0) console.log(`not run: the registry has no time for ${unknown.join(', ')}`)
console.log(`${added.size} new since ${revision}: ${young.length} too young, ${unknown.length} not known`)
process.exitCode = young.length > 0 ? 1 : 0

/** `name@version` of what a lock file has now and had not. */
function addedTo(file) {
  const idsIn = (text) =>
    Object.entries(JSON.parse(text).packages)
      .filter(([path]) => path !== '')
      .map(packageId)
  const { status, stdout } = spawnSync('git', ['show', `${revision}:${file}`], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  const before = new Set(status === 0 ? idsIn(stdout) : [])
  return idsIn(readFileSync(file, 'utf8')).filter((id) => !before.has(id))
}

/** ISO 8601, or '' where the registry does not say. */
function publishedAt(id) {
  const at = id.lastIndexOf('@')
  const { status, stdout, stderr } = spawnSync('npm', ['view', id.slice(0, at), 'time', '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`npm cannot ask the registry about ${id}: ${stderr.trim()}`)
    process.exit(2)
  }
  const times = stdout.trim() === '' ? {} : JSON.parse(stdout)
  return times[id.slice(at + 1)] ?? ''
}
