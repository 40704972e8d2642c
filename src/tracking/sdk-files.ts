/** The files of Segment's browser SDK, from its npm package: read and compressed when they are first asked for. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { hostedSdk } from './browser-sdk.ts'

export interface SdkFile {
  readonly identity: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
  /** Strong, with its quotes, of the content before compression. */
  readonly etag: string
}

/** Port to what browsers load. */
export interface SdkFiles {
  /** The SDK itself. */
  script(): Promise<SdkFile>
  /** A part that the SDK loads by itself, under the name that it knows; undefined when there is none. */
  bundle(name: string): Promise<SdkFile | undefined>
}

const GZIP_LEVEL = 9
const BROTLI_QUALITY = 9

/** Kept in memory once they were asked for: all of them together have less than 1 MB. */
export function packagedSdkFiles(): SdkFiles {
  const standalone = createRequire(import.meta.url).resolve('@segment/analytics-next/dist/umd/standalone.js')
  const directory = dirname(standalone)
  const names = new Set(readdirSync(directory).filter((name) => /^[\w-]+\.bundle\.[0-9a-f]+\.js$/.test(name)))
  const files = new Map<string, Promise<SdkFile>>()
  const once = (name: string, read: () => string) => {
    const known = files.get(name)
    if (known !== undefined) return known
    const made = compressed(Buffer.from(read()))
    files.set(name, made)
    return made
  }
  return {
    script: () => once('', () => hostedSdk(readFileSync(standalone, 'utf8'))),
    async bundle(name) {
      if (!names.has(name)) return undefined
      return once(name, () => readFileSync(join(directory, name), 'utf8'))
    },
  }
}

async function compressed(identity: Buffer): Promise<SdkFile> {
  const [zipped, br] = await Promise.all([
    promisify(gzip)(identity, { level: GZIP_LEVEL }),
    promisify(brotliCompress)(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  ])
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
  return { identity, gzip: zipped, br, etag }
}
