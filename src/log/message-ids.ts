/** What a record can be found by: the messageIds that it came under. Pure. */
import type { NormalisedEvent, RejectedReport } from '../spec/index.ts'
import type { RecordKind, StoredRecord } from './log.ts'

/** Those of a record: of an event its own, of what was refused those of the samples that its report keeps. */
export function messageIdsOf({ kind, body }: Pick<StoredRecord, 'kind' | 'body'>): readonly string[] {
  if (kind === 'command' || !body.includes('messageId')) return []
  const parsed = parse(body)
  if (kind === 'rejected') return refusedIds(parsed as RejectedReport | null)
  const id = (parsed as NormalisedEvent | null)?.messageId
  return typeof id === 'string' ? [id] : []
}

/**
 * Calls `visit` with the hash of each of them, some twice. A key that is there once is the event's own, for in a string
 * its quotes would be escaped: the rest, which can be 32 kB, need not be parsed.
 */
export function visitMessageHashes(kind: RecordKind, body: Buffer, visit: (hash: number) => void): void {
  if (kind === 'command') return
  if (kind === 'event') {
    const at = body.indexOf(KEY)
    if (at === -1) return
    const from = at + KEY.length
    const to = body.indexOf(KEY, from) === -1 ? plainEnd(body, from) : undefined
    if (to !== undefined) {
      visit(hashOf(body, from, to))
      return
    }
  }
  for (const id of messageIdsOf({ kind, body: body.toString() })) visit(messageHash(id))
}

/** An integer from 0 to 2^53 - 1. Different ids may have the same. */
export function messageHash(messageId: string): number {
  const bytes = Buffer.from(messageId)
  return hashOf(bytes, 0, bytes.length)
}

const KEY = Buffer.from('"messageId":"')
/** In what is left of an event that was refused. A sample may be cut off: it is JSON up to there. */
const REFUSED_ID = /"messageId":("(?:[^"\\]|\\.)*")/
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Where the string ends that begins at `from`; undefined when JSON has escaped something in it. */
function plainEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at
    if (bytes[at] === BACKSLASH) return undefined
  }
  return undefined
}

function refusedIds(report: RejectedReport | null): string[] {
  return (report?.samples ?? []).flatMap(({ event }) => {
    const id = REFUSED_ID.exec(event)?.[1]
    const parsed = id === undefined ? null : parse(id)
    return typeof parsed === 'string' ? [parsed] : []
  })
}

/** Null for what is not JSON: nothing in a record may keep it from being stored. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Two hashes of 32 bits in one pass, of which 53 bits fit into a number. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high ^ byte, 0x5bd1e995)
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}
