/**
 * Copies a database that others write to. SQLite's backup begins anew whenever another connection writes, and so would
 * never end beside a busy pipeline; over a connection that holds a read transaction it copies the one moment that this
 * sees. In WAL mode nobody waits for such a reader: only checkpoints do, until it ends.
 */
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, statSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'

/** Told now and then with how far it is, in bytes. */
export interface Progress {
  readonly signal: AbortSignal
  /** @param bytes copied or read since the last call */
  moved(bytes: number): void
  /** Gives the disk back to others, before the next bytes. @param tookMs how long it was kept busy with the last ones */
  rest?(tookMs: number): void
}

/** 1 MiB of pages of 4 KiB between two looks at whether it is cancelled. */
const PAGES_A_STEP = 256
/**
 * So much is written before it is flushed: what waits for the disk when a flush begins, all other flushes on that disk
 * wait for, too, and they are those of acknowledged events.
 */
const UNFLUSHED_BYTES_MAX = 1024 ** 2
const BUSY_TIMEOUT_MS = 5_000
const READ_BYTES = 1024 ** 2

/**
 * Writes what `source` holds now to `target`, durable when it resolves, as one file that needs no other beside it.
 * @throws the reason of `signal` when it is cancelled, Error of the disk
 */
export async function copyDatabase(source: string, target: string, progress: Progress): Promise<void> {
  // For its owner only, whatever the process makes else; SQLite gives what it puts beside it the same mode.
  closeSync(openSync(target, 'wx', 0o600))
  const db = new DatabaseSync(source, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    db.exec('BEGIN')
    // The transaction begins with the first statement that reads.
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number }
    let left: number | undefined
    const flush = flusher(target, progress)
    const pages = await backup(db, target, {
      rate: PAGES_A_STEP,
      progress({ totalPages, remainingPages }) {
        progress.signal.throwIfAborted()
        const bytes = ((left ?? totalPages) - remainingPages) * pageBytes
        progress.moved(bytes)
        left = remainingPages
        flush(bytes)
      },
    })
    progress.signal.throwIfAborted()
    progress.moved((left ?? pages) * pageBytes)
  } finally {
    db.close()
  }
  const copy = new DatabaseSync(target)
  try {
    // Of the file alone: it can be read where nothing can be written.
    copy.exec('PRAGMA journal_mode = DELETE')
  } finally {
    copy.close()
  }
  syncFile(target)
}

/** Called with what was written: flushes it when it is enough, and rests. */
function flusher(file: string, { rest }: Progress): (bytes: number) => void {
  let unflushed = 0
  let sinceMs = performance.now()
  return (bytes) => {
    unflushed += bytes
    if (unflushed < UNFLUSHED_BYTES_MAX) return
    unflushed = 0
    syncFile(file)
    rest?.(performance.now() - sinceMs)
    sinceMs = performance.now()
  }
}

/** SHA-256 of a file, in hexadecimal, and its size. */
export async function hashFile(file: string, progress: Progress): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  const { size: bytes } = statSync(file)
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES, signal: progress.signal })) {
    hash.update(chunk)
    progress.moved(chunk.length)
  }
  return { sha256: hash.digest('hex'), bytes }
}

export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
