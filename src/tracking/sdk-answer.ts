/** How a file of the browser SDK is answered: from the browser's cache, compressed, or as it is. Pure. */
import type { IncomingHttpHeaders } from 'node:http'
import type { HeaderList } from './cors.ts'
import type { SdkFile } from './sdk-files.ts'

/** Changes with the server's version: asked for again after this long, and cheaply, in seconds. */
const SCRIPT_MAX_AGE_S = 300
/** The name of a bundle has the hash of its content: never asked for again. */
const BUNDLE_MAX_AGE_S = 31_536_000

export interface FileAnswer {
  readonly status: 200 | 304
  readonly headers: HeaderList
  readonly body: Buffer | ''
}

export function fileAnswer(file: SdkFile, kind: 'script' | 'bundle', headers: IncomingHttpHeaders): FileAnswer {
  const encoding = encodingFor(headers['accept-encoding'])
  // A tag names one representation: caches may hold all three.
  const etag = encoding === 'identity' ? file.etag : `${file.etag.slice(0, -1)}-${encoding}"`
  const age =
    kind === 'script' ? `public, max-age=${SCRIPT_MAX_AGE_S}` : `public, max-age=${BUNDLE_MAX_AGE_S}, immutable`
  const common = ['cache-control', age, 'etag', etag, 'vary', 'Accept-Encoding']
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.some((tag) => tag === etag || tag === '*')) return { status: 304, headers: common, body: '' }
  const type = ['content-type', 'text/javascript; charset=utf-8', 'x-content-type-options', 'nosniff']
  const encoded = encoding === 'identity' ? [] : ['content-encoding', encoding]
  return { status: 200, headers: [...common, ...type, ...encoded], body: file[encoding] }
}

function encodingFor(accepted: string | undefined): 'br' | 'gzip' | 'identity' {
  const names = (accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim().split(/\s*;\s*/))
    .filter(([, quality]) => quality === undefined || Number(quality.replace(/^q=/, '')) > 0)
    .map(([name]) => name)
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : 'identity'
}
