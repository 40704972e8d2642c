import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundaryOf, MultipartError, multipartReader, PART_HEADERS_MAX } from './multipart.ts'

interface Part {
  readonly name: string
  readonly fileName: string | undefined
  readonly body: Buffer
}

function write(boundary: string, parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, fileName, body }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n`,
    ),
    body,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}

function read(boundary: string, bytes: Buffer, size: number): Part[] {
  const reader = multipartReader(boundary)
  const parts: { name: string; fileName: string | undefined; body: Buffer }[] = []
  for (let at = 0; at < bytes.length; at += size) {
    for (const event of reader.push(bytes.subarray(at, at + size))) {
      const last = parts.at(-1)
      if (event.kind === 'start') parts.push({ ...event.part, body: Buffer.alloc(0) })
      else if (event.kind === 'bytes' && last !== undefined) last.body = Buffer.concat([last.body, event.bytes])
    }
  }
  reader.end()
  return parts
}

// Bodies full of almost-boundaries.
const anyBody = fc
  .array(fc.constantFrom('\r\n', '--', '-', 'x', '\r\n--x', '\n', 'abc'), { maxLength: 8 })
  .map((parts) => Buffer.from(parts.join('')))
const anyPart = fc.record({
  name: fc.constantFrom('file', 'asset', 'a b'),
  fileName: fc.option(fc.constantFrom('rows.csv', 'é.csv'), { nil: undefined }),
  body: anyBody,
})

test('what a form holds comes out, in whatever pieces it arrives', () => {
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), (parts, size) => {
      const boundary = 'x1y2'
      expect(read(boundary, write(boundary, parts), size)).toEqual(parts)
    }),
  )
})

test('a form that ends too early or holds endless headers is refused', () => {
  const bytes = write('b', [{ name: 'file', fileName: undefined, body: Buffer.from('rows') }])
  expect(() => read('b', bytes.subarray(0, -6), 7)).toThrow(MultipartError)
  const header = (length: number) => Buffer.from(`--b\r\nx: ${'a'.repeat(length)}\r\n\r\nbody\r\n--b--`)
  expect(read('b', header(PART_HEADERS_MAX - 5), 1_000)).toHaveLength(1)
  expect(() => read('b', header(PART_HEADERS_MAX - 4), 1_000)).toThrow(MultipartError)
})

test.each([
  { type: 'multipart/form-data; boundary=abc', boundary: 'abc' },
  { type: 'Multipart/Form-Data; charset=utf-8; boundary="a b"', boundary: 'a b' },
  { type: 'text/csv', boundary: undefined },
  { type: undefined, boundary: undefined },
])('the boundary of $type', ({ type, boundary }) => {
  expect(boundaryOf(type)).toBe(boundary)
})
