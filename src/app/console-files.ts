/** The built console: beside this program in a package, in `artifacts/` of a checkout. Read once, at the start. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConsoleFile, ConsoleFiles } from '../api/index.ts'

const PLACES = ['../console', '../../artifacts/console'].map((place) => fileURLToPath(new URL(place, import.meta.url)))
const PAGE = 'index.html'
/** What the build has written where the nonce belongs. */
const NONCE_PLACEHOLDER = '__GRAPEVINE_NONCE__'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export function builtConsole(places: readonly string[] = PLACES): ConsoleFiles {
  const place = places.find((each) => existsSync(join(each, PAGE)))
  if (place === undefined) return { file: () => undefined, page: () => undefined }
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
  const files = new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)]
      return type === undefined ? [] : [[name, read(join(place, name), type)] as const]
    }),
  )
  const page = readFileSync(join(place, PAGE), 'utf8')
  return {
    file: (name) => files.get(name),
    page: (nonce) => page.replaceAll(NONCE_PLACEHOLDER, nonce),
  }
}

function read(path: string, type: string): ConsoleFile {
  return { type, identity: readFileSync(path), gzip: readFileSync(`${path}.gz`), br: readFileSync(`${path}.br`) }
}
