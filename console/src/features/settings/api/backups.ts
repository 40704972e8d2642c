import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/backups.ts'
import { ask, part } from '../../../shared/api.ts'

/** Between two looks, in milliseconds: one that runs is to be seen moving. */
const RUNNING_MS = 500
const RESTING_MS = 10_000

export const backupsQuery = queryOptions({
  queryKey: ['backups'],
  queryFn: async ({ signal }) => (await ask(answers.listBackups, '/backups', { signal })).data,
  refetchInterval: ({ state }) => (state.data?.job?.state === 'RUNNING' ? RUNNING_MS : RESTING_MS),
})

export type BackupList = Awaited<ReturnType<NonNullable<typeof backupsQuery.queryFn>>>
export type { Backup, BackupJob } from '../../../../../src/api/answers/backups.ts'

export const createBackup = () => ask(answers.createBackup, '/backups', { method: 'POST' })

export const checkBackup = (name: string) =>
  ask(answers.checkBackup, `/backups/${part(name)}/check`, { method: 'POST' })

export const cancelBackup = () => ask(answers.cancelBackup, '/backups/cancel', { method: 'POST' })

export const deleteBackup = (name: string) => ask(answers.deleteBackup, `/backups/${part(name)}`, { method: 'DELETE' })
