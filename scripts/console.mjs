// Builds the console (console/) into artifacts/console, when its sources or its packages are not those it was built of.
// Each file gets its gzip and brotli forms beside it, so that the server compresses nothing.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = join(root, 'artifacts', 'console')
const marker = join(built, '.built-of')
/** What the bundle is made of; the docs are its help. */
const SOURCES = [
  'console',
  'docs',
  'src/api/answers',
  'src/engage',
  'src/destinations/triggers.ts',
  'src/tracking/snippet.ts',
  'package-lock.json',
]

function sourcesHash() {
  const hash = createHash('sha256')
  for (const source of SOURCES)
    for (const file of filesOf(join(root, source))) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

function filesOf(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
}

async function buildConsole() {
  const wanted = sourcesHash()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  console.error('Building the console (once; some seconds)…')
  const { build } = await import('vite')
  await build({ configFile: join(root, 'console', 'vite.config.ts'), logLevel: 'warn' })
  for (const file of filesOf(built)) {
    if (!/\.(js|css|html|svg|json)$/.test(file)) continue
    const content = readFileSync(file)
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
  }
  writeFileSync(marker, wanted)
}

await buildConsole()
