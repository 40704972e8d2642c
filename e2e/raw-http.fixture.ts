/** Requests as bytes, for what no client library sends. */
import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** Longest wait for the end of an answer, in milliseconds. */
const ANSWER_MS_MAX = 20_000

/** Sends bytes on a connection of their own and reads until the server ends it: ask for `connection: close`. */
export function sendRaw(url: string, bytes: Buffer | string): Promise<RawAnswer> {
  const { port, hostname } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const socket = connect(Number(port), hostname)
  const chunks: Uint8Array[] = []
  socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('the answer has no end')))
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
  socket.on('error', reject)
  socket.on('close', () => resolve(answerOf(Buffer.concat(chunks).toString())))
  socket.write(bytes)
  return promise
}

function answerOf(text: string): RawAnswer {
  const split = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, split).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), text: text.slice(split + 4) }
}
