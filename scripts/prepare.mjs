// Runs before `npm start`, `npm test` and the like, on whatever Node there is from 20 on: installs what is missing.
// What is installed is compared with the lock file by hash, so that an old node_modules is noticed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const marker = join(root, 'node_modules', '.grapevine-lock')
const NODE_MAJOR_MIN = 20

const major = Number(process.versions.node.split('.')[0])
if (major < NODE_MAJOR_MIN) {
  console.error(`Node ${process.versions.node} is too old to install with: get Node ${NODE_MAJOR_MIN} or newer.`)
  process.exit(2)
}

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : undefined
if (installed !== wanted) {
  console.error('Installing what the lock file names (once; a minute or so)…')
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    console.error('The installation failed. Check the network and run the same command again.')
    process.exit(result.status ?? 1)
  }
  writeFileSync(marker, wanted)
}

prepareConsole()

if (process.argv.includes('--test')) {
  prepareServices()
  prepareSegmentCatalog()
}

/** What people click. Without it the server runs, and says at /app what to do. */
function prepareConsole() {
  const own = join(root, 'node_modules', '.bin', 'node')
  const { status } = spawnSync(existsSync(own) ? own : process.execPath, ['scripts/console.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) console.error('The console could not be built: `npm run console:build` says why.')
}

/** Tests run Segment's own destinations. Without them they say "not run". Kept when node_modules is made anew. */
function prepareSegmentCatalog() {
  const own = join(root, 'node_modules', '.bin', 'node')
  const result = spawnSync(existsSync(own) ? own : process.execPath, ['src/main.ts', 'catalog', 'install'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, GRAPEVINE_SEGMENT_CATALOG: join(root, 'artifacts', 'segment-catalog') },
  })
  if (result.status !== 0)
    console.error("Segment's destinations could not be installed: their tests will be reported as not run.")
}

/**
 * The tests run a real PostgreSQL and a real Chromium. Without one they say "not run"; as root on Debian what is missing is
 * installed here.
 */
function prepareServices() {
  const missing = []
  if (!process.env.GRAPEVINE_TEST_POSTGRES_URL && !existsSync('/usr/lib/postgresql')) missing.push('postgresql')
  const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  if (!browsers.some((place) => existsSync(place))) missing.push('chromium')
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  console.error(`Installing ${missing.join(' and ')} for the tests…`)
  const isUpdated = apt('update', '-q')
  for (const name of missing) {
    // One by one: what one distribution lacks must not keep the other away.
    if (!isUpdated || !apt('install', '-y', '-q', '--no-install-recommends', name)) {
      console.error(`${name} could not be installed: its tests will be reported as not run.`)
    }
  }
}
