/** Reads every byte of a backup and says what is wrong with it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { damageOf, positionsIn, stateContents, withDatabase } from './contents.ts'
import { hashFile, type Progress } from './copy.ts'
import type { Manifest, ManifestFile } from './manifest.ts'

/** @returns sentences, none where it is as it was made and as it must be */
export async function problemsOf(
  directory: string,
  manifest: Manifest,
  progress: Progress,
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const file of manifest.files) problems.push(...(await problemsOfFile(directory, file, progress)))
  return problems.length > 0 ? problems : problemsOfContents(directory, manifest)
}

async function problemsOfFile(directory: string, file: ManifestFile, progress: Progress): Promise<readonly string[]> {
  const path = join(directory, file.path)
  if (!existsSync(path)) return [`${file.path} is missing.`]
  const { sha256, bytes } = await hashFile(path, progress)
  if (bytes !== file.bytes) return [`${file.path} has ${bytes} bytes; it was made with ${file.bytes}.`]
  if (sha256 !== file.sha256) return [`${file.path} was changed since it was made: its SHA-256 is another.`]
  try {
    const damage = withDatabase(path, damageOf)
    return damage === undefined ? [] : [`${file.path} is damaged: ${damage}`]
  } catch (error) {
    return [`${file.path} cannot be read: ${String(error)}`]
  }
}

/** State and log belong together: nothing that the state has seen is missing from the log's end. */
function problemsOfContents(directory: string, manifest: Manifest): readonly string[] {
  const { offset, migrations } = withDatabase(join(directory, 'state.db'), stateContents)
  const { start, end } = logRange(directory, manifest.files)
  const problems: string[] = []
  if (offset !== manifest.offset || migrations.join() !== manifest.migrations.join())
    problems.push('state.db is of another moment than backup.json says.')
  if (start !== manifest.log.start || end !== manifest.log.end)
    problems.push(
      `The log has the positions ${start} to ${end} instead of ${manifest.log.start} to ${manifest.log.end}.`,
    )
  if (end < offset) problems.push(`The log ends at ${end}, but the state has worked through it up to ${offset}.`)
  if (start > offset + 1) problems.push(`The log begins at ${start}, but the state needs it from ${offset + 1} on.`)
  return problems
}

/** As the log itself reckons: an empty last file says in its name where the log ends. */
export function logRange(directory: string, files: readonly Pick<ManifestFile, 'path'>[]) {
  let start: number | null = null
  let end = 0
  for (const { path } of files.filter(({ path }) => path.startsWith('log/'))) {
    const { first, last } = withDatabase(join(directory, path), positionsIn)
    start ??= first
    end = Math.max(end, last ?? Number(path.slice('log/'.length, -'.db'.length)) - 1)
  }
  return { start: start ?? end + 1, end }
}
