/** Copies a backup to another folder, with who was deleted so far beside it. */
import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../state/index.ts'
import { syncFile } from './copy.ts'
import { JOURNAL_FILE } from './erasures.ts'
import { beginBackup, endBackup, readManifest, removeBackup } from './folder.ts'
import { problemsAt } from './make.ts'
import { MANIFEST_FILE } from './manifest.ts'

/** Durable when it resolves. @returns what is wrong with the copy, which is removed then: sentences */
export async function duplicateBackup(folder: string, name: string, to: string): Promise<readonly string[]> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const from = join(folder, name)
  if (realpathSync(to) === realpathSync(folder)) return []
  const { files } = await readManifest(from)
  if (existsSync(join(to, name))) await removeBackup(to, name)
  const directory = beginBackup(to, name)
  for (const path of [...files.map((each) => each.path), MANIFEST_FILE]) {
    copyFileSync(join(from, path), join(directory, path), constants.COPYFILE_FICLONE)
    syncFile(join(directory, path))
  }
  endBackup(to, name)
  if (existsSync(join(folder, JOURNAL_FILE)))
    replaceFile(join(to, JOURNAL_FILE), readFileSync(join(folder, JOURNAL_FILE), 'utf8'))
  const problems = await problemsAt(join(to, name), { signal: new AbortController().signal, onProgress() {} })
  if (problems.length > 0) await removeBackup(to, name)
  return problems
}
