/** Entry of the thread that makes or checks one backup, and ends with it. */
import { parentPort, workerData } from 'node:worker_threads'
import { type BackupCause, checkBackup, makeBackup, type Phase, systemDisk } from '../backup/index.ts'
import { systemClock } from '../ports/index.ts'
import { yieldToIngest } from './priority.ts'

export type BackupThreadData =
  | {
      readonly kind: 'backup'
      readonly data: string
      readonly folder: string
      readonly cause: BackupCause
      readonly version: string
      readonly atMs: number
    }
  | { readonly kind: 'check'; readonly directory: string }

export type FromBackup =
  | { readonly event: 'progress'; readonly phase: Phase; readonly doneBytes: number; readonly totalBytes: number }
  /** @param problems what is wrong with the one that was checked: sentences */
  | { readonly event: 'ended'; readonly problems: readonly string[] }
  | { readonly event: 'failed'; readonly message: string; readonly isCancelled: boolean }

/** Behind everything else: whoever waits for a backup has time. */
const NICENESS = 15
/** Between two words of progress, in milliseconds. */
const PROGRESS_MS = 100

const port = parentPort
if (port === null) throw new Error('backup-thread.ts runs as a worker')
const data = workerData as BackupThreadData
const tell = (message: FromBackup) => port.postMessage(message)
const cancelled = new AbortController()
port.on('message', () => cancelled.abort(new Error('it was cancelled')))

let toldAtMs = Number.NEGATIVE_INFINITY
const watched = {
  signal: cancelled.signal,
  onProgress(phase: Phase, doneBytes: number, totalBytes: number) {
    const nowMs = systemClock.monotonicMs()
    if (nowMs - toldAtMs < PROGRESS_MS) return
    toldAtMs = nowMs
    tell({ event: 'progress', phase, doneBytes, totalBytes })
  },
}

/** Of the time half is for the disk's other users, at most so long at once, in milliseconds. */
const REST_MS_MAX = 1_000
const resting = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
const rest = (tookMs: number) => void Atomics.wait(resting, 0, 0, Math.min(tookMs, REST_MS_MAX))

async function work(): Promise<readonly string[]> {
  if (data.kind === 'check') return checkBackup(data.directory, { ...watched, clock: systemClock })
  await makeBackup({ ...data, ...watched, rest, clock: systemClock, disk: systemDisk })
  return []
}

yieldToIngest(NICENESS)
work()
  .then(
    (problems) => tell({ event: 'ended', problems }),
    (error: unknown) =>
      tell({
        event: 'failed',
        message: error instanceof Error ? error.message : String(error),
        isCancelled: cancelled.signal.aborted,
      }),
  )
  .finally(() => port.close())
