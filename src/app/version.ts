import { readFileSync } from 'node:fs'

/** Two folders up in a checkout and in a package. */
const MANIFEST = new URL('../../package.json', import.meta.url)

export function programVersion(): string {
  return (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version
}
