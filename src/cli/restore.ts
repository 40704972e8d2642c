/** Puts a backup back while no server has the data directory. */
import { dirname, join } from 'node:path'
import { JOURNAL_FILE, restoreBackup } from '../backup/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import { holdDataDirectory } from '../state/index.ts'
import { openSecrets } from '../workspace/index.ts'
import { backupAt, settingsOf } from './backup.ts'
import { CliError, print, printJson } from './output.ts'
import { cancelledBySignal, formatBytes, Meter } from './progress.ts'

export interface RestoreCommandOptions {
  readonly data?: string
  readonly replace?: boolean
  readonly erasures?: readonly string[]
  readonly json?: boolean
}

export async function restoreCommand(name: string, options: RestoreCommandOptions): Promise<void> {
  const { data, folder, unavailable } = settingsOf(options)
  if (unavailable !== null)
    throw new CliError(
      'nothing is put back: GRAPEVINE_STATE_URL is set',
      'Use pg_restore: docs/operations.md has the steps.',
    )
  const backup = await backupAt(name, options)
  const held = holdDataDirectory({ path: data, networkFilesystemAllowed: true })
  const meter = new Meter(options.json === true)
  using cancel = cancelledBySignal()
  try {
    const restored = await restoreBackup({
      backup,
      data: held.path,
      mayReplace: options.replace === true,
      journals: [
        ...new Set([dirname(backup), folder].map((each) => join(each, JOURNAL_FILE))),
        ...(options.erasures ?? []),
      ],
      secrets: openSecrets({
        directory: held.path,
        fromEnvironment: process.env['GRAPEVINE_SECRET_KEY'],
        mayCreate: false,
        random: systemRandom,
      }),
      clock: systemClock,
      signal: cancel.signal,
      onProgress: meter.show,
    })
    meter.end()
    const { manifest, erasures, eventsErased, isErasuresKnown, movedTo } = restored
    if (options.json === true)
      return printJson({ backup: manifest.name, data: held.path, erasures, eventsErased, isErasuresKnown, movedTo })
    const size = formatBytes(manifest.files.reduce((sum, { bytes }) => sum + bytes, 0))
    print(`${manifest.name} is back in ${held.path}: ${size}, as of ${new Date(manifest.atMs).toISOString()}.`)
    if (isErasuresKnown)
      print(
        `${erasures} deletions came after it: ${eventsErased} events are out of the log, the first start does the rest.`,
      )
    else
      print(
        `WARNING: nothing says who was deleted since. Whoever was is back. Name the newest ${JOURNAL_FILE} with --erasures.`,
      )
    if (movedTo !== null) print(`What was there is in ${movedTo}. Delete it when all is well: it holds people's data.`)
    print('Start the server: npm start')
  } finally {
    meter.end()
    held.release()
  }
}
