/** Backups of the running server: one piece of work at a time, by itself or because somebody asked. */
import { join } from 'node:path'
import type { BackupJob, Backups } from '../api/index.ts'
import {
  AGAIN_MS,
  type BackupCause,
  type BackupFailure,
  backupName,
  bringNotes,
  dueMs,
  type Erasure,
  erasureIn,
  isMended,
  listBackups,
  newestMs,
  noteApart,
  noteErasures,
  overdueSinceMs,
  pruneBackups,
  pruneErasures,
  readFailure,
  removeBackup,
  soundOf,
  sweepLeftovers,
  writeFailure,
} from '../backup/index.ts'
import type { LogWriter, NewRecord } from '../log/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import type { Secrets } from '../workspace/index.ts'
import type { BackupSettings } from './backup-settings.ts'
import type { BackupThreadData, FromBackup } from './backup-thread.ts'
import { type BackupThread, startBackupThread } from './threads.ts'

export interface OwnBackupsOptions extends BackupSettings {
  readonly version: string
  readonly secrets: Pick<Secrets, 'seal'>
  readonly clock: Clock
  readonly logger: Logger
  /** Something is begun that nobody asked for: say so in the audit trail. */
  onScheduled(name: string, atMs: number): Promise<unknown>
}

const NOTHING_SAID = { state: 'FAILED', problem: 'its thread ended before it was done' } as const
const MS_PER_DAY = 86_400_000
/** The longest sleep of a timer: the clock may be set meanwhile. */
const SLEEP_MS_MAX = AGAIN_MS
/** How long it is known at least who was deleted: copies of backups elsewhere may be as old. */
const ERASURES_KEPT_DAYS = 400

export class OwnBackups implements Backups {
  readonly folder: string
  readonly unavailable: string | null
  readonly #options: OwnBackupsOptions
  #job: BackupJob | null = null
  /** What its thread said of the end. */
  #outcome: { readonly state: Exclude<BackupJob['state'], 'RUNNING'>; readonly problem: string } = NOTHING_SAID
  #thread: BackupThread | undefined
  #timer: Timer | undefined
  #failure: BackupFailure | null = null
  #cancelledAtMs: number | null = null
  /** Of the newest sound one, as of the last look into the folder. */
  #newestMs: number | undefined
  readonly #startedAtMs: number
  /** What a process before this one left is gone. */
  readonly #swept: Promise<void>
  #isStopped = false
  /** They share a file: one after the other. */
  #noting: Promise<void> = Promise.resolve()
  #nextAtMs = 0

  constructor(options: OwnBackupsOptions) {
    this.#options = options
    this.folder = options.folder
    this.unavailable = options.unavailable
    this.#startedAtMs = options.clock.nowMs()
    this.#failure = options.unavailable === null ? this.#remembered() : null
    this.#swept = this.#sweep()
    void this.#swept.then(() => this.#look()).then(() => this.#schedule())
  }

  get schedule(): Backups['schedule'] {
    const { everyMs, keep } = this.#options
    return everyMs === undefined
      ? null
      : { everyMs, keep, nextAtMs: this.#nextAtMs, overdueSinceMs: this.#overdueSinceMs(everyMs) }
  }

  get job(): BackupJob | null {
    return this.#job
  }

  get isCopying(): boolean {
    return this.#job?.state === 'RUNNING' && this.#job.kind === 'backup'
  }

  get failure(): Backups['failure'] {
    return this.#failure
  }

  list(): ReturnType<Backups['list']> {
    return listBackups(this.folder)
  }

  async make(cause: BackupCause, atMs: number): Promise<BackupJob | null> {
    // Else what is made now could be taken for a leftover.
    await this.#swept
    if (this.#thread !== undefined || this.unavailable !== null || this.#isStopped) return null
    const { data, version } = this.#options
    const { folder } = this
    return this.#begin('backup', backupName(atMs), { kind: 'backup', data, folder, cause, version, atMs })
  }

  check(name: string): BackupJob | null {
    if (this.#thread !== undefined || this.#isStopped) return null
    return this.#begin('check', name, { kind: 'check', directory: join(this.folder, name) })
  }

  cancel(): BackupJob | null {
    if (this.#thread === undefined) return null
    this.#thread.cancel()
    return this.#job
  }

  async remove(name: string): Promise<boolean> {
    if (this.#thread !== undefined && this.#job?.name === name) return false
    await removeBackup(this.folder, name)
    // It may have been the newest.
    void this.#schedule()
    return true
  }

  /** The same log; who is erased through it is noted beside the backups first. */
  noting<Log extends LogWriter>(log: Log): Pick<Log, 'append'> {
    return {
      append: async (records: readonly NewRecord[]) => {
        const bodies = records.filter(({ kind }) => kind === 'command').map(({ body }) => Buffer.from(body).toString())
        await this.#note(bodies.flatMap((body) => erasureIn(body) ?? []))
        return log.append(records)
      },
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#thread?.cancel()
    await this.#thread?.ended
  }

  #begin(kind: BackupJob['kind'], name: string, data: BackupThreadData): BackupJob {
    const { clock, logger } = this.#options
    const job: BackupJob = {
      kind,
      name,
      state: 'RUNNING',
      phase: kind === 'backup' ? 'copying' : 'checking',
      doneBytes: 0,
      totalBytes: null,
      startedAtMs: clock.nowMs(),
      phaseStartedAtMs: clock.nowMs(),
      endedAtMs: null,
      problem: null,
    }
    this.#job = job
    this.#thread = startBackupThread(data, (message) => this.#hear(message))
    this.#outcome = NOTHING_SAID
    void this.#thread.ended.then(async () => {
      this.#thread = undefined
      this.#end()
      const { state, problem } = this.#job ?? job
      if (state === 'FAILED') logger.error('a backup failed', { kind, name, problem })
      await this.#tidy()
      await this.#schedule()
    })
    return job
  }

  #hear(message: FromBackup): void {
    const job = this.#job
    if (job === null) return
    if (message.event === 'progress') {
      const { phase, doneBytes, totalBytes } = message
      const phaseStartedAtMs = phase === job.phase ? job.phaseStartedAtMs : this.#options.clock.nowMs()
      this.#job = { ...job, phase, doneBytes, totalBytes, phaseStartedAtMs }
    } else if (message.event === 'failed') {
      this.#outcome = { state: message.isCancelled ? 'CANCELLED' : 'FAILED', problem: message.message }
    } else {
      const { problems } = message
      this.#outcome = { state: problems.length === 0 ? 'FINISHED' : 'FAILED', problem: problems.join(' ') }
    }
  }

  /** When its thread is gone, so that the next can begin. */
  #end(): void {
    const { state, problem } = this.#outcome
    if (this.#job === null) return
    const endedAtMs = this.#options.clock.nowMs()
    this.#job = { ...this.#job, state, endedAtMs, problem: state === 'FAILED' ? problem : null }
    const isBackup = this.#job.kind === 'backup'
    if (isBackup) this.#cancelledAtMs = state === 'CANCELLED' ? endedAtMs : null
    if (state === 'FAILED') this.#remember({ atMs: endedAtMs, message: problem })
    else if (state === 'FINISHED' && isBackup) this.#remember(null)
  }

  async #sweep(): Promise<void> {
    const { logger } = this.#options
    for (const name of (await this.#attempt(() => sweepLeftovers(this.folder))) ?? [])
      logger.warn('what was left of a backup that did not end is removed', { name })
    await this.#bringNotes()
  }

  /** What is too old goes, after one that is sound. */
  async #tidy(): Promise<void> {
    if (this.#job?.kind !== 'backup' || this.#job.state !== 'FINISHED') return
    const { keep, clock, logger } = this.#options
    const made = this.#job.name
    await this.#bringNotes()
    await this.#attempt(async () => {
      const old = await pruneBackups(this.folder, { keep, made, nowMs: clock.nowMs() })
      for (const name of old) logger.info('an old backup is removed', { name })
      const oldestMs = Math.min(...(await this.list()).map(({ manifest }) => manifest?.atMs ?? 0))
      const beforeMs = Math.min(oldestMs, clock.nowMs() - ERASURES_KEPT_DAYS * MS_PER_DAY)
      this.#noting = this.#noting.then(() => this.#attempt(async () => pruneErasures(this.folder, beforeMs)))
      await this.#noting
    })
  }

  async #schedule(): Promise<void> {
    const { everyMs, clock } = this.#options
    if (everyMs === undefined || this.unavailable !== null) return
    this.#nextAtMs = await this.#dueMs(everyMs)
    this.#timer?.cancel()
    if (this.#isStopped) return
    const waitMs = Math.max(0, this.#nextAtMs - clock.nowMs())
    this.#timer = clock.after(
      Math.min(SLEEP_MS_MAX, waitMs),
      () => void (waitMs > SLEEP_MS_MAX ? this.#schedule() : this.#due()),
    )
  }

  async #dueMs(everyMs: number): Promise<number> {
    const sound = await this.#look()
    const nowMs = this.#options.clock.nowMs()
    this.#newestMs = newestMs(sound, nowMs)
    return dueMs({
      sound,
      everyMs,
      nowMs,
      failedMs: this.#failure?.atMs ?? null,
      cancelledMs: this.#cancelledAtMs,
    })
  }

  /** @returns those that are sound; others may have been made by the command while no server ran */
  async #look(): Promise<ReturnType<typeof soundOf>> {
    const sound = soundOf((await this.#attempt(() => this.list())) ?? [])
    if (this.#failure !== null && isMended(this.#failure.atMs, sound, this.#options.clock.nowMs())) this.#remember(null)
    return sound
  }

  #overdueSinceMs(everyMs: number): number | null {
    if (this.unavailable !== null) return null
    return overdueSinceMs({
      newestMs: this.#newestMs,
      startedMs: this.#startedAtMs,
      everyMs,
      nowMs: this.#options.clock.nowMs(),
      makingSinceMs: this.isCopying ? (this.#job?.startedAtMs ?? null) : null,
    })
  }

  async #due(): Promise<void> {
    const atMs = this.#options.clock.nowMs()
    // The end of what runs asks for the next time.
    if ((await this.make('schedule', atMs)) === null) return
    await this.#options.onScheduled(backupName(atMs), atMs).catch((error: unknown) => {
      this.#options.logger.warn('a backup is not in the audit trail', { error: String(error) })
    })
  }

  /** @throws Error where no disk takes it: then it is not done either */
  #note(erasures: readonly Erasure[]): Promise<void> {
    if (erasures.length === 0 || this.unavailable !== null) return this.#noting
    const { data, secrets } = this.#options
    const noted = this.#noting.then(async () => {
      const isNoted = await this.#attempt(async () => {
        bringNotes(data, this.folder)
        await noteErasures(this.folder, erasures, secrets)
        return true
      })
      if (isNoted !== true) await noteApart(data, erasures, secrets)
    })
    this.#noting = noted.catch(() => {})
    return noted
  }

  #bringNotes(): Promise<void> {
    this.#noting = this.#noting.then(async () => {
      await this.#attempt(async () => bringNotes(this.#options.data, this.folder))
    })
    return this.#noting
  }

  /** The disk of the backups may be away; everything else goes on. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#remember({ atMs: this.#options.clock.nowMs(), message })
      this.#options.logger.error('the folder of backups cannot be used', { error: message })
      return undefined
    }
  }

  #remembered(): BackupFailure | null {
    const { data, clock, logger } = this.#options
    try {
      return readFailure(data)
    } catch (error) {
      logger.error('how the last backup went cannot be read', { error: String(error) })
      return { atMs: clock.nowMs(), message: `how the last backup went cannot be read: ${String(error)}` }
    }
  }

  #remember(failure: BackupFailure | null): void {
    if (failure === null && this.#failure === null) return
    this.#failure = failure
    const { data, logger } = this.#options
    try {
      writeFailure(data, failure)
    } catch (error) {
      logger.error('how the last backup went cannot be kept', { error: String(error) })
    }
  }
}
