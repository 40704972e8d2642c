// `npm run build [directory]`: the package that people install, in `artifacts/`: plain JavaScript, a manifest without what
// only a checkout needs, and the packages it needs inside, so that what is installed is what was tested. The same checkout
// gives the same bytes. Prints the tarball's path.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sbom } from './sbom.mjs'
import { shippedPackages } from './shipped.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const artifacts = resolve(process.argv[2] ?? join(root, 'artifacts'))
const target = join(artifacts, 'package')

function run(command, args, cwd) {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 ** 2,
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`${stdout}\nThe build failed at: ${command} ${args.join(' ')}`)
    process.exit(1)
  }
  return stdout
}

const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json', '--outDir', join(target, 'dist')], root)
// What the program reads beside its code.
run(process.execPath, [join(root, 'scripts', 'console.mjs')], root)
cpSync(join(root, 'artifacts', 'console'), join(target, 'dist', 'console'), { recursive: true })
const catalog = 'destinations/segment-catalog/package'
cpSync(join(root, 'src', catalog), join(target, 'dist', catalog), {
  recursive: true,
  filter: (file) => !file.includes('node_modules'),
})
for (const name of ['bin', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
  cpSync(join(root, name), join(target, name), { recursive: true })
}

const { name, version, description, license, type, bin, engines, dependencies } = read('package.json')
const bundleDependencies = Object.keys(dependencies)
const files = ['bin', 'dist', 'CHANGELOG.md', 'sbom.cdx.json']
const manifest = { name, version, description, license, type, bin, engines, files, dependencies, bundleDependencies }
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(sbom(), null, 2)}\n`)
for (const [path, entry] of shippedPackages(read('package-lock.json'), read('package.json')))
  bundle(path, entry.version)

const [{ filename }] = JSON.parse(
  run('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', artifacts], target),
)
console.log(join(artifacts, filename))

/** One installed package, without what only people who debug or compile against it need. */
function bundle(path, wanted) {
  const installed = read(join(path, 'package.json')).version
  if (installed !== wanted) {
    console.error(`${path} is ${installed}, and the lock file says ${wanted}. Run \`npm ci\` and build again.`)
    process.exit(1)
  }
  const from = join(root, path)
  cpSync(from, join(target, path), {
    recursive: true,
    filter: (file) => {
      const inside = file.slice(from.length)
      return !/[/\\]node_modules[/\\]?/.test(inside) && !/\.(map|map\.gz|ts|cts|mts|tsbuildinfo)$/.test(inside)
    },
  })
}
