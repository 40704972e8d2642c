import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { type FileAsset, type Files, PIECE_BYTES } from '../files.ts'
import { isObject, parseJson } from '../json.ts'
import { boundaryOf, MultipartError, multipartReader } from '../multipart.ts'
import { type Call, stringField, stringsField } from './route.ts'

/** Names under which the content and its description are taken (contract 10.1: the real ones are not proven). */
const CONTENT_PARTS = ['file', 'fileInputStreamRequest']
const METADATA_PARTS = ['fileAssetMetadata', 'file_asset_metadata', 'asset']
/** Bytes of the description. */
const METADATA_BYTES_MAX = 65_536
/** Bytes of a file. Extole documents no cap; this one protects the disk. */
export const FILE_BYTES_MAX = 2 * 1024 * 1024 * 1024

/** Reads a multipart upload piece by piece into the store. What was stored of a refused one is removed. */
export async function receiveFile(context: Context, files: Files, call: Call): Promise<FileAsset> {
  const boundary = boundaryOf(call.headers['content-type'])
  if (call.stream === undefined || boundary === undefined) throw new ExtoleError('unsupported_media_type')
  const id = context.nextId()
  try {
    const upload = await readParts(call.stream, boundary, (position, bytes) => files.writePiece(id, position, bytes))
    if (upload.size === undefined) throw new ExtoleError('file_asset_input_file_missing')
    const metadata = metadataOf(upload.metadata)
    const name = stringField(metadata, 'name') ?? upload.fileName
    if (name === undefined) throw new ExtoleError('file_asset_invalid_name')
    const format = stringField(metadata, 'format')
    const tags = stringsField(metadata, 'tags')
    return files.add({
      id,
      name,
      format,
      tags,
      size: upload.size,
      userId: call.token?.identityId ?? '',
      start: upload.start,
    })
  } catch (error) {
    files.dropPieces(id)
    if (error instanceof MultipartError)
      throw new ExtoleError('file_asset_file_processing_error', { description: error.message })
    throw error
  }
}

interface Upload {
  /** Undefined when there was no content part. */
  readonly size: number | undefined
  readonly fileName: string | undefined
  readonly start: string
  readonly metadata: string
}

async function readParts(
  stream: AsyncIterable<unknown>,
  boundary: string,
  write: (position: number, bytes: Uint8Array) => void,
): Promise<Upload> {
  const reader = multipartReader(boundary)
  let current: 'content' | 'metadata' | 'other' = 'other'
  let size: number | undefined
  let fileName: string | undefined
  let start = ''
  let metadata = Buffer.alloc(0)
  let held: Buffer[] = []
  let heldBytes = 0
  let position = 0
  const store = () => {
    if (heldBytes > 0) write(position++, Buffer.concat(held))
    held = []
    heldBytes = 0
  }
  for await (const chunk of stream) {
    for (const event of reader.push(chunk as Buffer)) {
      if (event.kind === 'start') {
        const { name, fileName: given } = event.part
        current = CONTENT_PARTS.includes(name) ? 'content' : METADATA_PARTS.includes(name) ? 'metadata' : 'other'
        if (current === 'content' && size !== undefined) throw new MultipartError('there are two contents')
        if (current === 'content') [size, fileName] = [0, given]
      } else if (event.kind === 'bytes' && current === 'metadata') {
        metadata = Buffer.concat([metadata, event.bytes])
        if (metadata.length > METADATA_BYTES_MAX) throw new MultipartError('the description is too long')
      } else if (event.kind === 'bytes' && current === 'content') {
        size = (size ?? 0) + event.bytes.length
        if (size > FILE_BYTES_MAX) throw new ExtoleError('request_too_large')
        if (start.length < 1_024) start += event.bytes.toString('utf8', 0, 1_024)
        held.push(event.bytes)
        heldBytes += event.bytes.length
        if (heldBytes >= PIECE_BYTES) store()
      }
    }
  }
  reader.end()
  store()
  return { size, fileName, start, metadata: metadata.toString('utf8') }
}

function metadataOf(text: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw new ExtoleError('invalid_json')
  }
  if (!isObject(value)) throw new ExtoleError('binding_error')
  return value
}
