/** Copies a backup to another folder, with who was deleted so far beside it. */
import { constants, copyFileSync, existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../ports/index.ts'
import { syncFile } from './copy.ts'
import { JOURNAL_FILE, mergeJournal } from './erasures.ts'
import { beginBackup, endBackup, ensureFolder, readManifest, removeBackup, sweepLeftovers } from './folder.ts'
import { checkBackup } from './make.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { assertRoom, systemDisk } from './room.ts'

/**
 * Durable when it resolves. A copy of the same name goes when the new one is found sound, not before.
 * @returns what is wrong with the copy, of which nothing is left then: sentences
 * @throws BackupError where there is no room, Error of the disk; nothing is left of it then either
 */
export async function duplicateBackup(
  folder: string,
  name: string,
  { to, clock }: { readonly to: string; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<readonly string[]> {
  ensureFolder(to)
  const from = join(folder, name)
  if (realpathSync(to) === realpathSync(folder)) return []
  const { files } = await readManifest(from)
  await sweepLeftovers(to)
  assertRoom(systemDisk, to, { neededBytes: files.reduce((sum, { bytes }) => sum + bytes, 0) })
  try {
    const directory = beginBackup(to, name)
    for (const path of [...files.map((each) => each.path), MANIFEST_FILE]) {
      copyFileSync(join(from, path), join(directory, path), constants.COPYFILE_FICLONE)
      syncFile(join(directory, path))
    }
    const watched = { signal: new AbortController().signal, onProgress() {} }
    const problems = await checkBackup(directory, { ...watched, clock })
    if (problems.length > 0) return problems
    // First: no backup is without what was deleted since.
    mergeJournal(join(folder, JOURNAL_FILE), join(to, JOURNAL_FILE))
    if (existsSync(join(to, name))) await removeBackup(to, name)
    endBackup(to, name)
    return []
  } finally {
    await sweepLeftovers(to)
  }
}
