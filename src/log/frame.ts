/**
 * Records as one flat buffer, so that a group crosses a thread boundary as a single transfer instead of a clone of
 * every object. Layout, little endian: u32 count, then for each record u8 kind, u16 source bytes, u32 body bytes,
 * source, body.
 */
import type { NewRecord, RecordKind } from './log.ts'

/** The order is the code on disk and in frames: append only. */
export const RECORD_KINDS = ['event', 'rejected', 'command'] as const satisfies readonly RecordKind[]

/** Fixed part of a record in a frame, in bytes. */
export const RECORD_HEADER_BYTES = 7

export function kindCode(kind: RecordKind): number {
  return RECORD_KINDS.indexOf(kind)
}

/** @throws Error on a code that no version of this program wrote. */
export function kindOfCode(code: number): RecordKind {
  const kind = RECORD_KINDS[code]
  if (kind === undefined) throw new Error(`record kind ${code} is unknown: was this log written by a newer version?`)
  return kind
}

/** Bytes that `records` will take in a frame. Source ids are ASCII. */
export function frameBytes(records: readonly NewRecord[]): number {
  let bytes = 4
  for (const record of records) bytes += RECORD_HEADER_BYTES + record.sourceId.length + record.body.byteLength
  return bytes
}

/** Encodes several append calls' records as one frame, in order. The result owns its memory and may be transferred. */
export function encodeFrame(calls: readonly (readonly NewRecord[])[]): ArrayBuffer {
  let bytes = 4
  let count = 0
  for (const records of calls) {
    bytes += frameBytes(records) - 4
    count += records.length
  }
  const memory = new ArrayBuffer(bytes)
  const frame = Buffer.from(memory)
  frame.writeUInt32LE(count, 0)
  let at = 4
  for (const records of calls) {
    for (const { kind, sourceId, body } of records) {
      frame[at] = kindCode(kind)
      frame.writeUInt16LE(sourceId.length, at + 1)
      frame.writeUInt32LE(body.byteLength, at + 3)
      at += RECORD_HEADER_BYTES
      frame.write(sourceId, at, 'latin1')
      at += sourceId.length
      frame.set(body, at)
      at += body.byteLength
    }
  }
  return memory
}

/** Calls `visit` for each record of a frame. `body` is a view into the frame. */
export function decodeFrame(
  memory: ArrayBuffer,
  visit: (kindCode: number, sourceId: string, body: Buffer) => void,
): void {
  const frame = Buffer.from(memory)
  const count = frame.readUInt32LE(0)
  let at = 4
  for (let index = 0; index < count; index++) {
    const kind = frame.readUInt8(at)
    const sourceBytes = frame.readUInt16LE(at + 1)
    const bodyBytes = frame.readUInt32LE(at + 3)
    at += RECORD_HEADER_BYTES
    const sourceId = frame.toString('latin1', at, at + sourceBytes)
    at += sourceBytes
    visit(kind, sourceId, frame.subarray(at, at + bodyBytes))
    at += bodyBytes
  }
}
