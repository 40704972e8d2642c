import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { orNull, Time } from './shared.ts'

export const Backup = named('Backup', 'State and log of one moment, in a folder of its own.', {
  name: Type.String(),
  at: orNull(Time),
  bytes: orNull(Type.Integer()),
  seconds: orNull(Type.Number({ description: 'How long it took to copy.' })),
  cause: orNull(
    Type.Enum(['request', 'schedule', 'command'], {
      description: 'Somebody asked, it was time, or the command made it of a server that was stopped.',
    }),
  ),
  version: orNull(Type.String({ description: 'Of the program that made it.' })),
  logEnd: orNull(Type.Integer({ description: 'Position of the last event in it.' })),
  check: orNull(
    Type.Object(
      { at: orNull(Time), problems: Type.Array(Type.String()) },
      { description: 'When all of it was read last, and what was wrong then.' },
    ),
  ),
})
export type Backup = Shown<typeof Backup>

export const BackupJob = named('BackupJob', 'A backup that is made, or one that is read again.', {
  kind: Type.Enum(['backup', 'check']),
  name: Type.String(),
  state: Type.Enum(['RUNNING', 'FINISHED', 'FAILED', 'CANCELLED']),
  phase: Type.Enum(['copying', 'checking'], { description: 'A backup is copied and then read.' }),
  doneBytes: Type.Integer({ description: 'Of the phase.' }),
  totalBytes: orNull(Type.Integer()),
  etaSeconds: orNull(Type.Integer({ description: 'Until the end of the phase.' })),
  startedAt: Time,
  endedAt: orNull(Time),
  problem: orNull(Type.String({ description: 'Why it failed.' })),
})
export type BackupJob = Shown<typeof BackupJob>

const Job = { job: BackupJob }

export const listBackups = answering('listBackups', 'Lists backups, newest first, and what is done to one now', {
  folder: Type.String({ description: 'Where they are, on the machine of the server.' }),
  unavailable: orNull(Type.String({ description: 'Why none can be made here, and what to do instead.' })),
  schedule: orNull(
    Type.Object({
      everySeconds: Type.Integer(),
      keep: Type.Integer(),
      nextAt: Time,
      overdueSince: orNull(
        Type.String({
          format: 'date-time',
          description: 'Since when the newest sound backup is older than two intervals.',
        }),
      ),
    }),
  ),
  job: orNull(BackupJob),
  failure: orNull(
    Type.Object(
      { at: Time, message: Type.String() },
      { description: 'What went wrong last and was not done well since.' },
    ),
  ),
  backups: Type.Array(Backup),
})
export const createBackup = answering('createBackup', 'Begins a backup', Job, { statuses: [201] })
export const checkBackup = answering('checkBackup', 'Begins to read all of a backup', Job)
export const cancelBackup = answering('cancelBackup', 'Ends what is done to a backup now', Job)
export const deleteBackup = answering('deleteBackup', 'Removes a backup', { status: Type.Literal('SUCCESS') })
