/**
 * Who was deleted since, beside the backups: a restored backup would bring them back. One line of JSON for each command,
 * sealed with the encryption key, which is in no backup; begun with the first backup, for before it there is nothing to
 * bring back. A folder of backups on another disk than the data survives the loss of that disk, and so does this file.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeCommand, type EraseCommand, type ForgetCommand } from '../connections/index.ts'
import { replaceFile } from '../state/index.ts'
import type { Secrets } from '../workspace/index.ts'

export const JOURNAL_FILE = 'erasures.jsonl'
/** In the data directory: deletions that the journal beside the backups does not have yet. */
const UNNOTED_FILE = 'erasures-unnoted.jsonl'
const NEWLINE = 0x0a

export type Erasure = EraseCommand | ForgetCommand

interface Line {
  readonly regulationId: string
  readonly requestedAtMs: number
  /** The command's JSON. */
  readonly sealed: string
}

/** Some of it cannot be read: somebody may be in a restored backup who asked not to be. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
}

const recordId = (regulationId: string) => `erasure:${regulationId}`

/** The command in a record of the log, where it erases somebody. */
export function erasureIn(body: string): Erasure | undefined {
  const command = decodeCommand(body)
  return command.command === 'tick' ? undefined : command
}

/** Leaves one that is there as it is. */
export function beginJournal(folder: string): void {
  const file = join(folder, JOURNAL_FILE)
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 })
}

/** Durable when it resolves. Does nothing where no backup was ever made. @throws Error of the disk */
export function noteErasures(
  folder: string,
  erasures: readonly Erasure[],
  secrets: Pick<Secrets, 'seal'>,
): Promise<void> {
  return appendTo(join(folder, JOURNAL_FILE), erasures, secrets)
}

/** The same in the data directory, while the disk of the backups takes nothing. */
export function noteApart(data: string, erasures: readonly Erasure[], secrets: Pick<Secrets, 'seal'>): Promise<void> {
  const file = join(data, UNNOTED_FILE)
  if (!existsSync(file)) replaceFile(file, '')
  return appendTo(file, erasures, secrets)
}

/** Notes beside the backups what was noted apart, as soon as the journal is there again. @throws Error of the disk */
export function bringNotes(data: string, folder: string): void {
  const [apart, journal] = [join(data, UNNOTED_FILE), join(folder, JOURNAL_FILE)]
  if (!existsSync(apart) || !existsSync(journal)) return
  mergeJournal(apart, journal)
  rmSync(apart)
}

async function appendTo(path: string, erasures: readonly Erasure[], secrets: Pick<Secrets, 'seal'>): Promise<void> {
  const lines = erasures.map((erasure): Line => {
    const { regulationId, requestedAtMs } = erasure
    return { regulationId, requestedAtMs, sealed: secrets.seal(JSON.stringify(erasure), recordId(regulationId)) }
  })
  const file = await openJournal(path)
  try {
    if (file === undefined) return
    const end = await cutTornLine(file)
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { bytesWritten } = await file.write(text, 0, text.length, end)
    // A disk that is nearly full takes a part and says so only here.
    if (bytesWritten < text.length) throw new Error(`the disk of ${path} is full: a deletion is not noted`)
    await file.sync()
  } finally {
    await file?.close()
  }
}

async function openJournal(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Takes away what a crash left half written: nobody was told that this was done. @returns where the next line begins */
async function cutTornLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  const last = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
  if (size === 0 || last.buffer[0] === NEWLINE) return size
  const end = (await file.readFile()).lastIndexOf(NEWLINE) + 1
  await file.truncate(end)
  return end
}

/** @throws JournalError, SecretError where the encryption key is another */
export function readErasures(file: string, secrets: Pick<Secrets, 'open'>): readonly Erasure[] {
  return readLines(file).map(({ regulationId, sealed }) => {
    const erasure = erasureIn(secrets.open(sealed, recordId(regulationId)))
    if (erasure === undefined) throw new JournalError(`${file} has a line that erases nobody`)
    return erasure
  })
}

/** Forgets those from before `beforeMs`, Unix milliseconds: no backup is left that they could come back with. */
export function pruneErasures(folder: string, beforeMs: number): void {
  const file = join(folder, JOURNAL_FILE)
  if (!existsSync(file)) return
  const lines = readLines(file)
  const kept = lines.filter(({ requestedAtMs }) => requestedAtMs >= beforeMs)
  if (kept.length < lines.length) replaceFile(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

/** Puts the lines of one journal into another, which may know of more: each of its backups needs all of them. */
export function mergeJournal(from: string, to: string): void {
  if (!existsSync(from)) return
  const lines = [to, from].filter((file) => existsSync(file)).flatMap(readLines)
  const texts = new Set(lines.map((line) => `${JSON.stringify(line)}\n`))
  replaceFile(to, [...texts].join(''))
}

function readLines(file: string): readonly Line[] {
  // What stands behind the last end of a line was never finished.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((text, index): Line => {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new JournalError(
        `${file} cannot be read in line ${index + 1}: take that line out if you accept that who it names comes back`,
        { cause: error },
      )
    }
  })
}
