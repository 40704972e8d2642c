/** One layer of gzip, inflated piece by piece and never beyond a limit (reliability contract S2). */
import { gunzip, gunzipSync } from 'node:zlib'

export type Inflated =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly code: 'invalid_encoding' | 'body_too_large' }

/** Bodies up to this many compressed bytes are inflated at once: a trip to the thread pool would cost more. */
const SYNC_BYTES_MAX = 32 * 1024

/** Calls `done` once, at once or later. Several members in a row are one body; anything behind them is refused. */
export function inflate(body: Buffer, bytesMax: number, done: (inflated: Inflated) => void): void {
  const options = { maxOutputLength: bytesMax, info: true } as const
  if (body.length > SYNC_BYTES_MAX) {
    gunzip(body, options, (error, result) => done(error === null ? checked(result, body.length) : failed(error)))
    return
  }
  let inflated: Inflated
  try {
    inflated = checked(gunzipSync(body, options), body.length)
  } catch (error) {
    inflated = failed(error)
  }
  done(inflated)
}

/** With `info: true` zlib answers more than its types say. */
function checked(result: unknown, bytesGiven: number): Inflated {
  const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } }
  // zlib refuses foreign bytes behind the stream by itself, but overlooks zeros.
  return engine.bytesWritten === bytesGiven ? { ok: true, bytes: buffer } : { ok: false, code: 'invalid_encoding' }
}

function failed(error: unknown): Inflated {
  const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  return { ok: false, code: isTooLarge ? 'body_too_large' : 'invalid_encoding' }
}
