/** `quickstart.json` in the data directory: how people, the demo and the command line find a server. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../state/index.ts'

/** Holds credentials: the file has mode 0600. */
export interface Quickstart {
  readonly url: string
  /** Makes the first account; the console itself once there is one. */
  readonly consoleLoginUrl: string
  readonly publicApiToken: string
  readonly spaceId: string
  /** The Node source first. */
  readonly sources: readonly { readonly id: string; readonly slug: string; readonly writeKey: string }[]
  readonly destinations: readonly { readonly id: string; readonly sourceId: string }[]
  /** The Node source's. */
  readonly destinationId: string
  readonly extole: { readonly url: string; readonly apiKey: string } | null
}

export const QUICKSTART_FILE = 'quickstart.json'

export function readQuickstart(directory: string): Quickstart | undefined {
  const file = join(directory, QUICKSTART_FILE)
  if (!existsSync(file)) return undefined
  return JSON.parse(readFileSync(file, 'utf8')) as Quickstart
}

export function writeQuickstart(directory: string, content: Quickstart): void {
  replaceFile(join(directory, QUICKSTART_FILE), `${JSON.stringify(content, null, 2)}\n`)
}
