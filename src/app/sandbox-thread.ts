/** Entry of the Extole sandbox's thread: it stands for a server elsewhere, so it shares no time with ours. */
import { parentPort, workerData } from 'node:worker_threads'
import { startExtoleSandbox } from '../extole/index.ts'
import { serve } from './rpc.ts'
import { ports } from './state.ts'

export interface SandboxThreadData {
  readonly host: string
  readonly port: number
  readonly file: string
}

export type FromSandbox =
  | { readonly event: 'ready'; readonly url: string; readonly apiKey: string }
  | { readonly event: 'refused'; readonly message: string }

const port = parentPort
if (port === null) throw new Error('sandbox-thread.ts runs as a worker')
const tell = (message: FromSandbox) => port.postMessage(message)

startExtoleSandbox({ ...(workerData as SandboxThreadData), ...ports }).then(
  (sandbox) => {
    serve(port, { stop: async (_: null) => sandbox.close() })
    tell({ event: 'ready', url: sandbox.url, apiKey: sandbox.adminToken })
  },
  (error: unknown) => tell({ event: 'refused', message: error instanceof Error ? error.message : String(error) }),
)
