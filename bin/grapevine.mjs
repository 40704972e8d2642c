#!/usr/bin/env node
// Plain JavaScript that any Node from 20 runs: finds the Node that the project needs and hands over to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const built = join(root, 'dist', 'main.js')
const entry = existsSync(built) ? built : join(root, 'src', 'main.ts')
const own = join(root, 'node_modules', '.bin', 'node')

if (entry.endsWith('.ts') && !existsSync(join(root, 'node_modules'))) {
  console.error('grapevine: nothing is installed yet.\nRun `npm ci` here, or `npm start`, which does it for you.')
  process.exit(2)
}
const node = existsSync(own) ? own : process.execPath
const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
