#!/usr/bin/env node
// Plain JavaScript that any Node from 20 runs: finds the Node that the project needs and hands over to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The process has a thread for each of its jobs. V8's own helpers would take the processor from them, and a large
// nursery in each thread is memory that an idle server has no use for.
const V8_FLAGS = ['--v8-pool-size=1', '--max-semi-space-size=16']

const NODE_MAJOR_MIN = 24

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const environment = {
  // glibc gives each thread an arena of its own and seldom returns what was used there: tens of megabytes here.
  MALLOC_ARENA_MAX: '1',
  // What Node compiled at the last start is not compiled again in each thread: a faster start, and some memory. It is
  // kept with the code and not where others may write.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
  ...process.env,
}

const built = join(root, 'dist', 'main.js')
const entry = existsSync(built) ? built : join(root, 'src', 'main.ts')
const own = join(root, 'node_modules', '.bin', 'node')

if (entry.endsWith('.ts') && !existsSync(join(root, 'node_modules'))) {
  console.error('grapevine: nothing is installed yet.\nRun `npm ci` here, or `npm start`, which does it for you.')
  process.exit(2)
}
const node = existsSync(own) ? own : process.execPath
if (node === process.execPath && Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(`grapevine: Node ${process.versions.node} is too old: get Node ${NODE_MAJOR_MIN} or newer.`)
  process.exit(2)
}
const args = [...V8_FLAGS, entry, ...process.argv.slice(2)]
if (typeof process.execve === 'function' && process.platform !== 'win32') {
  // The same process goes on as the server: signals and its id stay what the caller knows.
  process.removeAllListeners('warning')
  process.execve(node, [node, ...args], environment)
}
const child = spawn(node, args, { stdio: 'inherit', env: environment })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
