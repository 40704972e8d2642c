/** What is done on a disk that is full, and what it says. Arguments: what, data directory, folder on that disk. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../ports/index.ts'
import { beginJournal, JOURNAL_FILE, noteErasures } from './erasures.ts'
import { listBackups } from './folder.ts'
import { makeBackup } from './make.ts'
import { systemDisk } from './room.ts'

const [, , what = '', data = '', folder = ''] = process.argv
let looks = 0
/** As when others fill the disk right after the look at it. */
const disk = {
  freeBytes: (directory: string) => (looks++ === 0 ? Number.MAX_SAFE_INTEGER : systemDisk.freeBytes(directory)),
  isSameDisk: () => false,
}

async function make(): Promise<void> {
  const signal = new AbortController().signal
  const watched = { signal, onProgress() {}, clock: systemClock, disk }
  await makeBackup({ ...watched, data, folder, cause: 'request', version: '0', atMs: 0 })
}

async function note(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  beginJournal(folder)
  const erase = (userId: string) =>
    ({
      command: 'erase',
      regulationId: userId.slice(0, 8),
      regulationType: 'DELETE_ONLY',
      userId,
      requestedAtMs: 0,
    }) as const
  const secrets = { seal: (text: string) => text }
  try {
    await noteErasures(folder, [erase('x'.repeat(6_000))], secrets)
  } finally {
    await noteErasures(folder, [erase('linus')], secrets)
  }
}

let message = ''
try {
  await (what === 'make' ? make() : note())
} catch (error) {
  message = error instanceof Error ? error.message : String(error)
}
const journal = readFileSync(join(folder, JOURNAL_FILE), 'utf8')
const left = readdirSync(folder)
process.stdout.write(JSON.stringify({ message, left, listed: await listBackups(folder), journal }))
