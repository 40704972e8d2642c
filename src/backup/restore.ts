/**
 * Puts a backup into a data directory that no process holds, with everybody left out who was deleted since. What is
 * there already is moved aside, never removed. An end in the middle is seen by the next start and by the next restore:
 * a file says that one is under way until all is in place.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCommand } from '../connections/index.ts'
import { appendOffline, commandsAfter, eraseOffline, type PersonRecords } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import { EXIT_ENCRYPTION_KEY, EXIT_STATE_DISAGREES, GateError, replaceFile } from '../state/index.ts'
import type { Secrets } from '../workspace/index.ts'
import { stateContents, withDatabase } from './contents.ts'
import { copyDatabase } from './copy.ts'
import { type Erasure, erasureIn, readErasures } from './erasures.ts'
import { readManifest, syncFolder } from './folder.ts'
import { problemsAt, type Watched } from './make.ts'
import { BackupError, backupName, bytesOf, type Manifest } from './manifest.ts'
import { assertRoom, systemDisk } from './room.ts'

/** There while a restore is under way, and after one that did not end. */
const UNDER_WAY_FILE = 'restoring'
/** What the first start after a restore has to do before it does anything else. */
const RESTORED_FILE = 'restored.json'
const DRAFT = 'restore.tmp'
const REPLACED = 'replaced-'
/** What a restore puts back, or what belongs to what was there. */
const STATE_FILES = ['state.db', 'state.db-wal', 'state.db-shm', 'log', 'quickstart.json', RESTORED_FILE]
/** Beside them in a directory that counts as empty. */
const MAY_STAY = new Set(['secrets', 'lock.db', 'lock.db-journal', 'backups', UNDER_WAY_FILE, DRAFT])

export interface RestoreOptions extends Watched {
  /** The backup's own folder. */
  readonly backup: string
  /** Data directory, held by the caller. */
  readonly data: string
  /** Moves aside what is there. Else a directory that is not empty is refused. */
  readonly mayReplace: boolean
  /** Journals of erasures; those that are not there are passed over. */
  readonly journals: readonly string[]
  readonly secrets: Pick<Secrets, 'open'>
  readonly clock: Pick<Clock, 'nowMs'>
}

export interface Restored {
  readonly manifest: Manifest
  /** Deletions that came after the backup and are in force again. */
  readonly erasures: number
  /** Of their people: events that were taken out of the log. */
  readonly eventsErased: number
  /** Whether there was anything that says who was deleted since. */
  readonly isErasuresKnown: boolean
  /** Where that is which was there before; null when nothing was. */
  readonly movedTo: string | null
}

/** What the first start does first. */
export interface RestoredNote {
  readonly backup: string
  /** Positions of the commands behind the state's offset that erase somebody. */
  readonly erasures: readonly number[]
}

/** @throws BackupError when the backup is not sound, GateError 26 or 27, JournalError, the reason of `signal` */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { backup, data, secrets } = options
  const problems = await problemsAt(backup, options)
  if (problems.length > 0) throw new BackupError(`the backup is not sound: ${problems.join(' ')}`)
  const manifest = await readManifest(backup)
  assertKeyFits(backup, manifest, secrets)
  assertRoom(systemDisk, data, { neededBytes: bytesOf(manifest) })
  const interrupted = readUnderWay(data)
  const wasInterrupted = interrupted !== undefined
  const there = readdirSync(data).filter((name) => !MAY_STAY.has(name) && !name.startsWith(REPLACED))
  if (there.length > 0 && !options.mayReplace && !wasInterrupted) {
    throw new GateError(
      EXIT_STATE_DISAGREES,
      `the data directory ${data} is not empty: it holds ${there.slice(0, 5).join(', ')}`,
      'Name an empty one, or add --replace: what is there is then moved aside, not removed.',
    )
  }
  const journals = options.journals.filter((file) => existsSync(file))
  const noted = journals.flatMap((file) => readErasures(file, secrets))

  const aside = interrupted?.aside ?? unusedAside(data, options.clock.nowMs())
  writeUnderWay(data, { backup: manifest.name, aside })
  const draft = join(data, DRAFT)
  rmSync(draft, { recursive: true, force: true })
  const before = oldLogs(data)
  let applied: ReturnType<typeof applyErasures>
  try {
    await copyInto(draft, options, manifest)
    applied = applyErasures(draft, manifest, [...noted, ...before.flatMap(erasuresIn)])
  } catch (error) {
    // Nothing of what is there was touched: it goes on as it is, unless one before this one ended in the middle.
    rmSync(draft, { recursive: true, force: true })
    if (!wasInterrupted) rmSync(join(data, UNDER_WAY_FILE))
    throw error
  }
  const movedTo = moveAside(data, aside)
  for (const name of ['log', 'state.db']) renameSync(join(draft, name), join(data, name))
  const note: RestoredNote = { backup: manifest.name, erasures: applied.positions }
  replaceFile(join(data, RESTORED_FILE), `${JSON.stringify(note)}\n`)
  rmSync(draft, { recursive: true, force: true })
  rmSync(join(data, UNDER_WAY_FILE))
  syncFolder(data)
  return {
    manifest,
    erasures: applied.erasures,
    eventsErased: applied.eventsErased,
    isErasuresKnown: journals.length + before.length > 0,
    movedTo,
  }
}

/** @throws GateError 26 when a restore was begun here and did not end */
export function assertNoRestoreUnderWay(data: string): void {
  const underWay = readUnderWay(data)
  if (underWay === undefined) return
  throw new GateError(
    EXIT_STATE_DISAGREES,
    `a restore of ${underWay.backup} into ${data} was begun and did not end`,
    'Run `grapevine restore` once more with the same backup. What was there before is not lost: it is moved aside, if anything is.',
  )
}

interface UnderWay {
  /** Name of the backup. */
  readonly backup: string
  /** Name of the folder that gets what was there; undefined where the version that began it did not say. */
  readonly aside: string | undefined
}

/** A line each. Undefined where none is under way. */
function readUnderWay(data: string): UnderWay | undefined {
  const file = join(data, UNDER_WAY_FILE)
  if (!existsSync(file)) return undefined
  const [backup = '', aside = ''] = readFileSync(file, 'utf8').split('\n')
  return { backup, aside: aside.startsWith(REPLACED) ? aside : undefined }
}

function writeUnderWay(data: string, { backup, aside }: { readonly backup: string; readonly aside: string }): void {
  replaceFile(join(data, UNDER_WAY_FILE), `${backup}\n${aside}\n`)
}

/** Undefined where nothing was restored since the last start. */
export function readRestoredNote(data: string): RestoredNote | undefined {
  const file = join(data, RESTORED_FILE)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RestoredNote) : undefined
}

/** What it asks for is done, and durable. */
export function forgetRestoredNote(data: string): void {
  rmSync(join(data, RESTORED_FILE), { force: true })
  syncFolder(data)
}

function assertKeyFits(backup: string, manifest: Manifest, secrets: Pick<Secrets, 'open'>): void {
  const { sealedHashKey } = withDatabase(join(backup, 'state.db'), stateContents)
  try {
    secrets.open(sealedHashKey, 'hash_key')
  } catch (error) {
    throw new GateError(
      EXIT_ENCRYPTION_KEY,
      `the encryption key ${manifest.keyId}, with which the backup was sealed, is not here`,
      'Put the `secrets` file that was kept beside the backups into the data directory, or set GRAPEVINE_SECRET_KEY.',
      { cause: error },
    )
  }
}

async function copyInto(draft: string, { backup, signal, onProgress }: RestoreOptions, manifest: Manifest) {
  mkdirSync(join(draft, 'log'), { recursive: true, mode: 0o700 })
  const total = bytesOf(manifest)
  let done = 0
  const moved = (bytes: number) => {
    done += bytes
    onProgress('copying', done, total)
  }
  for (const { path } of manifest.files) await copyDatabase(join(backup, path), join(draft, path), { signal, moved })
  for (const each of [join(draft, 'log'), draft]) syncFolder(each)
}

/** Logs of what is, or was, in the directory: they know of deletions too. */
function oldLogs(data: string): readonly string[] {
  const asides = readdirSync(data).filter((name) => name.startsWith(REPLACED))
  return ['.', ...asides].map((name) => join(data, name, 'log')).filter((directory) => existsSync(directory))
}

const erasuresIn = (log: string): readonly Erasure[] =>
  commandsAfter(log, 0).flatMap(({ body }) => erasureIn(body) ?? [])

/** Takes people out of the log's events and puts the commands that the backup does not know behind them. */
function applyErasures(draft: string, manifest: Manifest, known: readonly Erasure[]) {
  const log = join(draft, 'log')
  const behind = commandsAfter(log, manifest.offset).filter(({ body }) => erasureIn(body) !== undefined)
  const inBackup = new Set([
    ...regulationsIn(join(draft, 'state.db')),
    ...behind.map(({ body }) => erasureIn(body)?.regulationId),
  ])
  const since = new Map(
    known.filter(({ regulationId }) => !inBackup.has(regulationId)).map((each) => [JSON.stringify(each), each]),
  )
  const all = [...behind.flatMap(({ body }) => erasureIn(body) ?? []), ...since.values()]
  if (all.length === 0) return { erasures: 0, eventsErased: 0, positions: [] }
  // Before events go: no position is given out twice, also where those that go are the last.
  const commands = since.size > 0 ? [...since.values()] : [{ command: 'tick', atMs: manifest.atMs } as const]
  const { firstPosition } = appendOffline(
    log,
    commands.map((command) => ({ kind: 'command', sourceId: '', body: encodeCommand(command) })),
  )
  const appended = Array.from({ length: since.size }, (_, index) => firstPosition + index)
  const eventsErased = eraseOffline(log, all.flatMap(recordsOf))
  return {
    erasures: all.length,
    eventsErased,
    positions: [...behind.map(({ position }) => position), ...appended],
  }
}

const regulationsIn = (file: string) =>
  withDatabase(file, (db) =>
    db
      .prepare('SELECT id FROM regulations')
      .all()
      .map(({ id }) => String(id)),
  )

/** The events that are kept under the id of who is erased. */
function recordsOf(erasure: Erasure): readonly PersonRecords[] {
  const beforeMs = erasure.requestedAtMs
  if (erasure.command === 'erase') return [{ by: 'userId', id: erasure.userId, beforeMs }]
  return erasure.id.type === 'anonymous_id' ? [{ by: 'anonymousId', id: erasure.id.value, beforeMs }] : []
}

/** One of an earlier restore is left alone, also where the clock says that it is the same second. */
function unusedAside(data: string, nowMs: number): string {
  const name = `${REPLACED}${backupName(nowMs)}`
  const isUsed = (each: string) => existsSync(join(data, each))
  for (let n = 1; ; n++) {
    const each = n === 1 ? name : `${name}-${n}`
    if (!isUsed(each)) return each
  }
}

/**
 * Goes on where one before it ended: what is aside already was there before, and what has its place by now is of the
 * backup, and is put there anew.
 * @returns where to; null when nothing was there
 */
function moveAside(data: string, name: string): string | null {
  const aside = join(data, name)
  const there = STATE_FILES.filter((each) => existsSync(join(data, each)))
  if (there.length === 0) return existsSync(aside) ? aside : null
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  for (const each of there) {
    if (existsSync(join(aside, each))) rmSync(join(data, each), { recursive: true })
    else renameSync(join(data, each), join(aside, each))
  }
  syncFolder(aside)
  return aside
}
