/** A streaming multipart/form-data reader (RFC 7578), fed bytes in pieces of any size. Pure. */

/** Bytes of one part's headers. */
export const PART_HEADERS_MAX = 16_384

export interface PartInfo {
  readonly name: string
  readonly fileName: string | undefined
}

export type PartEvent =
  | { readonly kind: 'start'; readonly part: PartInfo }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' }

export class MultipartError extends Error {}

/** The boundary of a Content-Type, or undefined when it is no multipart one. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType ?? '')
  return match?.[1] ?? match?.[2]
}

export interface MultipartReader {
  /** @throws MultipartError for bytes that are not multipart. */
  push(chunk: Buffer): PartEvent[]
  /** @throws MultipartError when the closing boundary never came. */
  end(): void
}

export function multipartReader(boundary: string): MultipartReader {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  // The first boundary has no line before it; with one in front every boundary looks the same.
  let rest: Buffer = Buffer.from('\r\n')
  let state: 'preamble' | 'boundary' | 'headers' | 'body' | 'done' = 'preamble'
  // A line end is put in front of each body, so that a boundary right at its start is found; it is not content.
  let borrowed = 0

  return {
    push(chunk) {
      const events: PartEvent[] = []
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (;;) {
        if (state === 'done') {
          rest = Buffer.alloc(0)
          return events
        }
        if (state === 'boundary') {
          if (rest.length < 2) return events
          if (rest.toString('latin1', 0, 2) === '--') {
            state = 'done'
            continue
          }
          if (rest.toString('latin1', 0, 2) !== '\r\n') throw new MultipartError('a boundary is followed by garbage')
          state = 'headers'
        }
        if (state === 'headers') {
          const end = rest.indexOf('\r\n\r\n')
          if (end > PART_HEADERS_MAX || (end < 0 && rest.length > PART_HEADERS_MAX + 4)) {
            throw new MultipartError('the headers of a part are too long')
          }
          if (end < 0) return events
          events.push({ kind: 'start', part: partInfo(rest.toString('utf8', 0, end)) })
          rest = Buffer.concat([Buffer.from('\r\n'), rest.subarray(end + 4)])
          borrowed = 2
          state = 'body'
        }
        const found = rest.indexOf(delimiter)
        // Without a boundary, all but what could be the start of one is content.
        const end = found < 0 ? Math.max(0, rest.length - delimiter.length + 1) : found
        if (state === 'body' && end > borrowed) events.push({ kind: 'bytes', bytes: rest.subarray(borrowed, end) })
        borrowed = Math.max(0, borrowed - end)
        if (found < 0) {
          rest = rest.subarray(end)
          return events
        }
        if (state === 'body') events.push({ kind: 'end' })
        rest = rest.subarray(found + delimiter.length)
        state = 'boundary'
      }
    },
    end() {
      if (state !== 'done') throw new MultipartError('the closing boundary is missing')
    },
  }
}

function partInfo(headers: string): PartInfo {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? ''
  const parameter = (name: string) => {
    const match = new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(disposition)
    return (match?.[1] ?? match?.[2])?.replace(/%22/g, '"').replace(/\\(["\\])/g, '$1')
  }
  return { name: parameter('name') ?? '', fileName: parameter('filename') }
}
