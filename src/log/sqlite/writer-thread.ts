/** Entry of the log writer's thread: frames come in, positions go out, the end is published to all readers. */
import { parentPort, workerData } from 'node:worker_threads'
import { MessageIndex } from '../message-index.ts'
import { EndSignal } from '../signal.ts'
import { SegmentWriter, type SegmentWriterOptions, type WriteResult } from './segment-writer.ts'

export interface WriterThreadData {
  readonly options: SegmentWriterOptions
  readonly end: SharedArrayBuffer
  readonly messages: SharedArrayBuffer
}

export type ToWriter =
  | { readonly kind: 'append'; readonly frame: ArrayBuffer }
  | { readonly kind: 'trim'; readonly before: number; readonly olderThanMs: number }
  | { readonly kind: 'close' }

/** Answers to `append` come in the order asked. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly end: number }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number }
  | { readonly kind: 'appended'; readonly result: WriteResult; readonly logBytes: number }
  | { readonly kind: 'closed' }

const port = parentPort
if (port === null) throw new Error('writer-thread.ts runs as a worker')

const data = workerData as WriterThreadData
const end = new EndSignal(data.end)
const tell = (message: FromWriter) => port.postMessage(message)

function start(): SegmentWriter | undefined {
  try {
    return new SegmentWriter(data.options, new MessageIndex(data.messages))
  } catch (error) {
    const exitCode = (error as { exitCode?: number }).exitCode ?? 26
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error), exitCode })
    return undefined
  }
}

const writer = start()
if (writer !== undefined) {
  end.publish(writer.end())
  tell({ kind: 'opened', end: writer.end() })
  port.on('message', (message: ToWriter) => {
    switch (message.kind) {
      case 'append': {
        const result = writer.append(message.frame)
        if (result.ok) end.publish(result.lastPosition)
        tell({ kind: 'appended', result, logBytes: writer.bytes() })
        break
      }
      case 'trim':
        writer.trim(message.before, message.olderThanMs)
        break
      case 'close':
        writer.close()
        tell({ kind: 'closed' })
        port.close()
        break
    }
  })
}
