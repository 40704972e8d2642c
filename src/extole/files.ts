/** Uploaded files (contract 10.1), kept in pieces so that neither upload nor reading holds a file in memory. */
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'
import { isId } from './ids.ts'
import { FILE_FORMATS, type FileFormat, type FileRow, inferFormat, rowReader } from './rows.ts'
import type { Row } from './store/database.ts'
import { formatTime } from './time.ts'

/** Bytes of one stored piece. */
export const PIECE_BYTES = 256 * 1024

export interface FileAsset {
  readonly id: string
  readonly name: string
  readonly status: 'AVAILABLE' | 'EXPIRED'
  readonly format: FileFormat
  readonly tags: readonly string[]
  readonly size: number
  readonly userId: string
  readonly createdMs: number
  readonly updatedMs: number
}

export interface NewFile {
  readonly id: string
  readonly name: string
  readonly format: string | undefined
  readonly tags: readonly string[]
  readonly size: number
  readonly userId: string
  readonly start: string
}

export interface Files {
  writePiece(fileId: string, position: number, bytes: Uint8Array): void
  dropPieces(fileId: string): void
  /** @throws ExtoleError for a bad or taken name, bad tags or an unknown format. */
  add(file: NewFile): FileAsset
  /** @throws ExtoleError `file_asset_not_found`. */
  get(id: string): FileAsset
  list(): FileAsset[]
  change(file: FileAsset, changes: Partial<Pick<FileAsset, 'name' | 'tags' | 'status'>>): FileAsset
  remove(file: FileAsset): void
  /** The bytes of piece `position`, undefined past the last. */
  piece(fileId: string, position: number): Uint8Array | undefined
  /** Reads on from where the last call ended; undefined at the end. */
  rows(file: FileAsset): () => FileRow[] | undefined
}

export function fileStore({ db, clock }: Context): Files {
  const columns = 'CAST(id AS TEXT) AS id, name, status, format, tags, size, user_id, created_ms, updated_ms'
  const checkName = (name: string, id?: string) => {
    if (!/^[\p{L}\p{N} ._\-()+@:]{1,255}$/u.test(name)) throw new ExtoleError('file_asset_invalid_name', { name })
    const taken = db.get('SELECT CAST(id AS TEXT) AS id FROM file WHERE name = ?', name)
    if (taken !== undefined && taken.id !== id) throw new ExtoleError('file_asset_duplicated_name', { name })
  }
  const files: Files = {
    writePiece(fileId, position, bytes) {
      db.write(() =>
        db.run('INSERT INTO file_chunk (file_id, position, bytes) VALUES (?, ?, ?)', fileId, position, bytes),
      )
    },
    dropPieces(fileId) {
      db.write(() => db.run('DELETE FROM file_chunk WHERE file_id = ?', fileId))
    },
    add(file) {
      checkName(file.name)
      checkTags(file.tags, 'file_asset_invalid_tags')
      const given = file.format?.toUpperCase()
      const format =
        given === undefined ? inferFormat(file.name, file.start) : FILE_FORMATS.find((one) => one === given)
      if (format === undefined)
        throw new ExtoleError('invalid_parameter', { name: 'format', supported_formats: FILE_FORMATS })
      const nowMs = clock.nowMs()
      db.write(() =>
        db.run(
          'INSERT INTO file (id, name, status, format, tags, size, user_id, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          file.id,
          file.name,
          'AVAILABLE',
          format,
          JSON.stringify(file.tags),
          file.size,
          file.userId,
          nowMs,
          nowMs,
        ),
      )
      return files.get(file.id)
    },
    get(id) {
      const row = isId(id) ? db.get(`SELECT ${columns} FROM file WHERE id = ?`, id) : undefined
      if (row === undefined) throw new ExtoleError('file_asset_not_found', { file_asset_id: id })
      return assetOf(row)
    },
    list: () => db.all(`SELECT ${columns} FROM file ORDER BY file.id DESC`).map(assetOf),
    change(file, changes) {
      const next = { ...file, ...changes, updatedMs: clock.nowMs() }
      checkName(next.name, file.id)
      checkTags(next.tags, 'file_asset_invalid_tags')
      db.write(() => {
        db.run(
          'UPDATE file SET name = ?, tags = ?, status = ?, updated_ms = ? WHERE id = ?',
          next.name,
          JSON.stringify(next.tags),
          next.status,
          next.updatedMs,
          file.id,
        )
        if (next.status === 'EXPIRED') db.run('DELETE FROM file_chunk WHERE file_id = ?', file.id)
      })
      return next
    },
    remove(file) {
      db.write(() => {
        db.run('DELETE FROM file_chunk WHERE file_id = ?', file.id)
        db.run('DELETE FROM file WHERE id = ?', file.id)
      })
    },
    piece(fileId, position) {
      const row = db.get('SELECT bytes FROM file_chunk WHERE file_id = ? AND position = ?', fileId, position)
      return row?.bytes instanceof Uint8Array ? row.bytes : undefined
    },
    rows(file) {
      const reader = rowReader(file.format)
      const decoder = new TextDecoder()
      let position = 0
      let isEnded = false
      return () => {
        if (isEnded) return undefined
        const bytes = files.piece(file.id, position)
        position += 1
        if (bytes !== undefined) return reader.push(decoder.decode(bytes, { stream: true }))
        isEnded = true
        return [...reader.push(decoder.decode()), ...reader.end()]
      }
    },
  }
  return files
}

function assetOf(row: Row): FileAsset {
  return {
    id: String(row.id),
    name: String(row.name),
    status: row.status as FileAsset['status'],
    format: row.format as FileFormat,
    tags: JSON.parse(String(row.tags)) as string[],
    size: Number(row.size),
    userId: String(row.user_id),
    createdMs: Number(row.created_ms),
    updatedMs: Number(row.updated_ms),
  }
}

/** Each tag has 1 to 255 characters. */
export function checkTags(
  tags: readonly string[],
  code: 'file_asset_invalid_tags' | 'batch_job_tag_invalid' | 'invalid_parameter',
): void {
  if (tags.some((tag) => tag.trim() === '' || tag.length > 255)) throw new ExtoleError(code, { tags })
}

/** The answer for a file. */
export function fileShown(file: FileAsset) {
  const { id, name, status, format, tags, size } = file
  return {
    id,
    name,
    status,
    review_status: 'APPROVED',
    tags,
    format,
    size,
    user_id: file.userId,
    created_date: formatTime(file.createdMs),
    updated_date: formatTime(file.updatedMs),
  }
}
