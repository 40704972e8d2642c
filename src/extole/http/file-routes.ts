/** `/v6/files` (contract 10.1). */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { type FileAsset, type Files, fileShown } from '../files.ts'
import { type Answer, type Call, filter, objectBody, page, type Route, stringField, stringsField } from './route.ts'
import { receiveFile } from './upload.ts'

const FILES_LIMIT = 100
/** Rows one download may span. */
export const DOWNLOAD_ROWS_MAX = 1_000

export function fileRoutes(context: Context, files: Files): Route[] {
  const auth = 'CLIENT_ADMIN'
  const one = '/v6/files/:file_id'
  const find = (call: Call) => files.get(call.params.file_id ?? '')
  return [
    {
      method: 'POST',
      path: '/v6/files',
      auth,
      handle: async (call) => ({ body: fileShown(await receiveFile(context, files, call)) }),
    },
    {
      method: 'GET',
      path: '/v6/files',
      auth,
      handle: (call) => {
        const { limit, offset } = page(call, FILES_LIMIT)
        const tags = filter(call, 'tags')
        const statuses = filter(call, 'statuses')
        const name = call.query.get('name')
        const userId = call.query.get('user_id')
        const kept = files
          .list()
          .filter(
            (file) =>
              (tags === undefined || file.tags.some((tag) => tags.has(tag))) &&
              (statuses?.has(file.status) ?? true) &&
              (name === null || file.name === name) &&
              (userId === null || file.userId === userId),
          )
        return { body: kept.slice(offset, offset + limit).map(fileShown) }
      },
    },
    { method: 'GET', path: one, auth, handle: (call) => ({ body: fileShown(find(call)) }) },
    {
      method: 'PUT',
      path: one,
      auth,
      handle: (call) => {
        const file = find(call)
        const body = objectBody(call)
        const name = stringField(body, 'name')
        const changes = {
          ...(name === undefined ? {} : { name }),
          ...(Object.hasOwn(body, 'tags') ? { tags: stringsField(body, 'tags') } : {}),
        }
        return { body: fileShown(files.change(file, changes)) }
      },
    },
    {
      method: 'DELETE',
      path: one,
      auth,
      handle: (call) => {
        const file = find(call)
        files.remove(file)
        return { body: fileShown(file) }
      },
    },
    {
      method: 'POST',
      path: `${one}/expire`,
      auth,
      handle: (call) => ({ body: fileShown(files.change(find(call), { status: 'EXPIRED' })) }),
    },
    { method: 'GET', path: `${one}/download`, auth, handle: (call) => download(files, find(call), call) },
  ]
}

/** All of it, or with `limit` or `offset` that many lines of it, the header counting as one. */
function download(files: Files, file: FileAsset, call: Call): Answer {
  if (file.status === 'EXPIRED') throw new ExtoleError('file_asset_expired', { file_asset_id: file.id })
  const isPart = call.query.has('limit') || call.query.has('offset')
  const { limit, offset } = page(call, DOWNLOAD_ROWS_MAX)
  if (isPart && limit > DOWNLOAD_ROWS_MAX) throw new ExtoleError('max_fetch_size_1000', { limit, offset })
  const pieces: Uint8Array[] = []
  for (let position = 0; ; position++) {
    const piece = files.piece(file.id, position)
    if (piece === undefined) break
    pieces.push(piece)
  }
  const content = Buffer.concat(pieces)
  const contentType = {
    CSV: 'text/csv',
    PSV: 'text/plain',
    JSON: 'application/json',
    JSONL: 'application/x-ndjson',
    XLSX: 'application/octet-stream',
  }[file.format]
  if (!isPart) return { body: content, contentType }
  const lines = content.toString('utf8').split(/(?<=\n)/)
  return { body: lines.slice(offset, offset + limit).join(''), contentType }
}
