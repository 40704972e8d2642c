/** The same cut under a program that writes with a durability of our choice: FULL must lose nothing, NORMAL must lose. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../fuzz/chance.ts'
import { atExit } from '../kill/at-exit.ts'
import { Scratch } from '../kill/scratch.ts'
import { frozen } from './frozen.ts'
import { LoopImage } from './loop-image.ts'

export type Synchronous = 'NORMAL' | 'FULL'

export interface WriterCut {
  /** Rows that the writer said were committed. */
  readonly acked: number
  readonly lost: number
}

/** NORMAL loses within so many tries (reliability contract 7). */
export const NORMAL_TRIES_MAX = 3

/** One cut, `serveMs` milliseconds after the writer's first commit. */
export async function writerCut(synchronous: Synchronous, serveMs: number): Promise<WriterCut> {
  await using stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(new Scratch('writer'))
  const image = stack.use(await LoopImage.create(join(directory, 'before.img')))
  const program = join(import.meta.dirname, 'writer.ts')
  const writer = spawn(process.execPath, [program, join(image.mountPoint, 'rows.db'), synchronous], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // Not 'exit': what it said last may still be in the pipe then.
  writer.once(
    'exit',
    atExit(() => writer.kill('SIGKILL')),
  )
  const exited = new Promise<void>((resolve) => writer.once('close', () => resolve()))
  const kill = async () => {
    writer.kill('SIGKILL')
    await exited
  }
  stack.defer(kill)
  let said = ''
  const isWriting = new Promise<void>((resolve) => writer.stdout.once('data', () => resolve()))
  writer.stdout.setEncoding('latin1').on('data', (text: string) => {
    said = (said + text).slice(-100)
  })
  await Promise.race([isWriting, exited])
  await sleep(serveMs)
  writer.kill('SIGSTOP')
  await frozen(writer.pid ?? 0)
  const after = stack.use(await image.cut(join(directory, 'after.img')))
  await kill()
  await after.mount()
  const acked = lastOf(said)
  const found = rowsIn(join(after.mountPoint, 'rows.db'))
  return { acked, lost: Math.max(0, acked - found) }
}

/** The last number of which the end of the line was read. */
function lastOf(said: string): number {
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
}

/** Rows from 1 on without a gap; 0 where the table itself is gone. */
function rowsIn(file: string): number {
  const db = new DatabaseSync(file)
  try {
    const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'rows'").get() !== undefined
    if (!isThere) return 0
    const { count, last } = db.prepare('SELECT count(*) AS count, max(n) AS last FROM rows').get() ?? {}
    if (count !== Number(last ?? 0)) throw new Error(`rows are missing in the middle: ${count} up to ${last}`)
    return Number(count)
  } finally {
    db.close()
  }
}

export interface ControlReport {
  readonly normal: readonly WriterCut[]
  readonly full: readonly WriterCut[]
  /** NORMAL lost rows and FULL none: the cut is one, and its absence of loss means something. */
  readonly isSound: boolean
}

/** When the writer is cut, in milliseconds after its first row. */
const WRITER_SERVE_MS = { min: 200, max: 900 }

/** Cuts until NORMAL has lost, at most NORMAL_TRIES_MAX times; and FULL as often. */
export async function controlRun(seed: number): Promise<ControlReport> {
  const chance = new Chance(seed)
  const serveMs = () => WRITER_SERVE_MS.min + chance.int(WRITER_SERVE_MS.max - WRITER_SERVE_MS.min)
  const normal: WriterCut[] = []
  const full: WriterCut[] = []
  while (normal.length < NORMAL_TRIES_MAX && !normal.some(({ lost }) => lost > 0)) {
    normal.push(await writerCut('NORMAL', serveMs()))
    full.push(await writerCut('FULL', serveMs()))
  }
  return { normal, full, isSound: normal.some(({ lost }) => lost > 0) && full.every(({ lost }) => lost === 0) }
}
