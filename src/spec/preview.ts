/**
 * The beginning of a value's JSON. It stops as soon as it has enough and keeps its own stack, so that an event refused for
 * its size or depth can be shown at a fixed price.
 */

interface Frame {
  readonly keys: readonly string[] | undefined
  readonly container: Record<string, unknown> | readonly unknown[]
  index: number
}

/**
 * JSON of `value`, cut off after at most `bytesMax` bytes of UTF-8, never inside a character. The members of the outermost
 * object named in `without` are left out.
 */
export function previewJson(value: unknown, bytesMax: number, without: ReadonlySet<string> = NONE): string {
  let text = ''
  const stack: Frame[] = []
  const write = (item: unknown): void => {
    if (typeof item === 'object' && item !== null) {
      const isArray = Array.isArray(item)
      text += isArray ? '[' : '{'
      const container = item as Record<string, unknown> | unknown[]
      const keys = isArray ? undefined : firstKeys(item, bytesMax, stack.length === 0 ? without : NONE)
      stack.push({ container, keys, index: 0 })
    } else if (typeof item === 'string') {
      text += JSON.stringify(item.slice(0, bytesMax))
    } else {
      text += JSON.stringify(item) ?? 'null'
    }
  }
  write(value)
  for (let frame = stack.at(-1); frame !== undefined && text.length <= bytesMax; frame = stack.at(-1)) {
    const { keys, container, index } = frame
    const length = keys === undefined ? (container as readonly unknown[]).length : keys.length
    if (index >= length) {
      text += keys === undefined ? ']' : '}'
      stack.pop()
      continue
    }
    frame.index++
    if (index > 0) text += ','
    if (keys === undefined) {
      write((container as readonly unknown[])[index])
      continue
    }
    const key = keys[index] ?? ''
    text += `${JSON.stringify(key.slice(0, bytesMax))}:`
    write((container as Record<string, unknown>)[key])
  }
  return cutToBytes(text, bytesMax)
}

const NONE: ReadonlySet<string> = new Set()

/** As many keys as can matter: each takes at least four bytes. */
function firstKeys(members: object, bytesMax: number, without: ReadonlySet<string>): string[] {
  const keys: string[] = []
  for (const key in members) {
    if (keys.length > bytesMax / 4) break
    if (!without.has(key)) keys.push(key)
  }
  return keys
}

function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text.slice(0, bytesMax).toWellFormed())
  if (bytes.length <= bytesMax && text.length <= bytesMax) return text
  let end = Math.min(bytesMax, bytes.length)
  // A byte 10xxxxxx continues a character: step back to where one begins.
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
