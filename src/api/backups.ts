/** Backups: made, read again and removed while the server works. Segment's API has none. */
import { type BackupCause, backupName, bytesOf, isBackupName, type ListedBackup } from '../backup/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/backups.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'

/** A backup that is made, or one that is read again: the only one at a time. */
export interface BackupJob {
  readonly kind: 'backup' | 'check'
  readonly name: string
  readonly state: 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELLED'
  readonly phase: 'copying' | 'checking'
  /** Of the phase. */
  readonly doneBytes: number
  /** Null while it is not known. */
  readonly totalBytes: number | null
  /** Unix milliseconds. */
  readonly startedAtMs: number
  readonly phaseStartedAtMs: number
  readonly endedAtMs: number | null
  /** Why it failed. */
  readonly problem: string | null
}

export interface Backups {
  /** Why none can be made here, and what to do instead; null where they can. */
  readonly unavailable: string | null
  readonly folder: string
  readonly schedule: {
    readonly everyMs: number
    readonly keep: number
    readonly nextAtMs: number
    /** Since when there is no sound one of the last intervals; null where there is, or one is made. */
    readonly overdueSinceMs: number | null
  } | null
  /** The one that runs, else the one that ran last since the start. */
  readonly job: BackupJob | null
  /** The last thing that did not work and was not done well since, also before the last start. */
  readonly failure: { readonly atMs: number; readonly message: string } | null
  /** Newest first. */
  list(): Promise<readonly ListedBackup[]>
  /** @param atMs names it, Unix milliseconds. Null while another piece of work runs, or where none can be made. */
  make(cause: BackupCause, atMs: number): Promise<BackupJob | null>
  /** Reads one again; null while another piece of work runs. */
  check(name: string): BackupJob | null
  /** Null when nothing runs. */
  cancel(): BackupJob | null
  /** False while it is being read. */
  remove(name: string): Promise<boolean>
}

type OfBackup = { Params: { name: string } }

export const backupRoutes: Routes = (app, deps, guard) => {
  const { backups, clock } = deps
  app.get('/backups', { onRequest: guard('api:read'), config: answers.listBackups }, async () => {
    const { folder, unavailable, schedule, job, failure } = backups
    return {
      data: {
        folder,
        unavailable,
        schedule: schedule && {
          everySeconds: schedule.everyMs / 1_000,
          keep: schedule.keep,
          nextAt: iso(schedule.nextAtMs),
          overdueSince: schedule.overdueSinceMs === null ? null : iso(schedule.overdueSinceMs),
        },
        job: job && toJob(job, clock.nowMs()),
        failure: failure && { at: iso(failure.atMs), message: failure.message },
        backups: (await backups.list()).map(toBackup),
      },
    }
  })

  app.post('/backups', { onRequest: guard('backups:write'), config: answers.createBackup }, async (request, reply) => {
    if (backups.unavailable !== null) throw conflict(backups.unavailable)
    const { job: before } = backups
    // Under the same key the one that runs may be what is asked for.
    if (before?.state === 'RUNNING' && request.once === undefined) throw conflict(BUSY)
    const asked = { type: 'Backup Requested', atMs: clock.nowMs() } as const
    const { atMs } = await deps.commands.recordBackup({ ...asked, name: backupName(asked.atMs) }, actorOf(request))
    const job = (await jobOf(deps, backupName(atMs))) ?? (await backups.make('request', atMs))
    if (job === null) throw conflict(BUSY)
    return reply.status(201).send({ data: { job: toJob(job, clock.nowMs()) } })
  })

  app.post<OfBackup>(
    '/backups/:name/check',
    { onRequest: guard('backups:write'), config: answers.checkBackup },
    async ({ params }) => {
      const { name } = await known(deps, params.name)
      const job = backups.check(name)
      if (job === null) throw conflict(BUSY)
      return { data: { job: toJob(job, clock.nowMs()) } }
    },
  )

  app.post('/backups/cancel', { onRequest: guard('backups:write'), config: answers.cancelBackup }, async (request) => {
    const job = backups.cancel()
    if (job === null) throw new ApiError(404, [{ type: 'not-found', message: 'No backup is made or read now.' }])
    await deps.commands.recordBackup(
      { type: 'Backup Cancelled', name: job.name, atMs: clock.nowMs() },
      actorOf(request),
    )
    return { data: { job: toJob(job, clock.nowMs()) } }
  })

  app.delete<OfBackup>(
    '/backups/:name',
    { onRequest: guard('backups:write'), config: answers.deleteBackup },
    async (request) => {
      const { name } = await known(deps, request.params.name)
      await deps.commands.recordBackup({ type: 'Backup Deleted', name, atMs: clock.nowMs() }, actorOf(request))
      if (!(await backups.remove(name))) throw conflict(BUSY)
      return { data: { status: 'SUCCESS' } }
    },
  )
}

const BUSY = 'A backup is made or read now. Wait for its end, or cancel it.'

const conflict = (message: string) => new ApiError(409, [{ type: 'conflict', message }])

/** @throws ApiError 404 */
async function known({ backups }: ApiDeps, name: string): Promise<ListedBackup> {
  const found = isBackupName(name) ? (await backups.list()).find((each) => each.name === name) : undefined
  if (found === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'There is no backup of this name.' }])
  return found
}

/** How one was made that was asked for before, as far as that is known; null where it was not. */
async function jobOf({ backups }: ApiDeps, name: string): Promise<BackupJob | null> {
  if (backups.job?.kind === 'backup' && backups.job.name === name) return backups.job
  const made = (await backups.list()).find((each) => each.name === name)?.manifest
  if (made == null) return null
  const { atMs, endedAtMs } = made
  const bytes = { doneBytes: bytesOf(made), totalBytes: bytesOf(made) }
  const times = { startedAtMs: atMs, phaseStartedAtMs: atMs, endedAtMs }
  return { kind: 'backup', name, state: 'FINISHED', phase: 'checking', ...bytes, ...times, problem: null }
}

function toBackup({ name, manifest, check }: ListedBackup): answers.Backup {
  return {
    name,
    at: manifest && iso(manifest.atMs),
    bytes: manifest && bytesOf(manifest),
    seconds: manifest && (manifest.endedAtMs - manifest.atMs) / 1_000,
    cause: manifest?.cause ?? null,
    version: manifest?.version ?? null,
    logEnd: manifest?.log.end ?? null,
    check: check && { at: check.atMs === 0 ? null : iso(check.atMs), problems: [...check.problems] },
  }
}

function toJob(job: BackupJob, nowMs: number): answers.BackupJob {
  const { kind, name, state, phase, doneBytes, totalBytes, problem } = job
  const tookMs = nowMs - job.phaseStartedAtMs
  const isKnown = state === 'RUNNING' && totalBytes !== null && doneBytes > 0
  return {
    kind,
    name,
    state,
    phase,
    doneBytes,
    totalBytes,
    etaSeconds: isKnown ? Math.ceil((tookMs * (totalBytes - doneBytes)) / doneBytes / 1_000) : null,
    startedAt: iso(job.startedAtMs),
    endedAt: job.endedAtMs === null ? null : iso(job.endedAtMs),
    problem,
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
