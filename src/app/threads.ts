/** Starts the threads and gives each a handle of promises. */
import { Worker } from 'node:worker_threads'
import type { EventOutcome } from '../connections/index.ts'
import { GateError } from '../state/index.ts'
import type { BackupThreadData, FromBackup } from './backup-thread.ts'
import type { FromPipeline, PipelineFunctions, PipelineThreadData } from './pipeline-thread.ts'
import { type Remote, remote } from './rpc.ts'
import type { FromSandbox, SandboxThreadData } from './sandbox-thread.ts'

/** The same file ending as this module has: `.ts` in a checkout, `.js` when built. */
function spawn(name: string, workerData: unknown): Worker {
  return new Worker(new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  })
}

/**
 * Heap of a thread. What it needs is bounded far below this by the limits of queues and steps; V8 looks for garbage
 * the sooner the less it may take.
 */
const HEAP_MB_MAX = 192

export interface PipelineThread {
  readonly call: Remote<PipelineFunctions>
  /** Works what is under way to its end, then ends the thread. */
  stop(): Promise<void>
}

/** @throws GateError when the thread refuses to start */
export async function startPipelineThread(
  data: PipelineThreadData,
  on: {
    config(): void
    outbox(): void
    outcomes(told: readonly EventOutcome[], leftOut: number): void
    fatal(message: string): void
  },
): Promise<PipelineThread> {
  const worker = spawn('pipeline-thread', data)
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  worker.on('message', (message: FromPipeline) => {
    if (!('event' in message)) return
    if (message.event === 'ready') resolve()
    else if (message.event === 'config') on.config()
    else if (message.event === 'outbox') on.outbox()
    else if (message.event === 'outcomes') on.outcomes(message.outcomes, message.leftOut)
    else if (message.event === 'fatal') on.fatal(message.message)
    else reject(new GateError(message.exitCode, message.message, message.nextStep))
  })
  worker.on('error', (error) => {
    reject(error)
    on.fatal(String(error))
  })
  const call = remote<PipelineFunctions>(worker)
  try {
    await ready
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    call,
    async stop() {
      await call.stop(null)
      await worker.terminate()
    },
  }
}

export interface SandboxThread {
  readonly url: string
  readonly apiKey: string
  stop(): Promise<void>
}

export async function startSandboxThread(data: SandboxThreadData): Promise<SandboxThread> {
  const worker = spawn('sandbox-thread', data)
  const first = await new Promise<FromSandbox>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (first.event === 'refused') {
    await worker.terminate()
    throw new GateError(
      2,
      `the Extole sandbox does not start: ${first.message}`,
      'Free its port, or choose another with GRAPEVINE_EXTOLE_SANDBOX_PORT.',
    )
  }
  const call = remote<{ stop(argument: null): Promise<void> }>(worker)
  return {
    url: first.url,
    apiKey: first.apiKey,
    async stop() {
      await call.stop(null)
      await worker.terminate()
    },
  }
}

export interface BackupThread {
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>
  /** It ends soon, and leaves nothing. */
  cancel(): void
}

export function startBackupThread(data: BackupThreadData, hear: (message: FromBackup) => void): BackupThread {
  const worker = spawn('backup-thread', data)
  worker.on('message', hear)
  worker.on('error', (error) => hear({ event: 'failed', message: String(error), isCancelled: false }))
  return {
    ended: new Promise((resolve) => worker.once('exit', () => resolve())),
    cancel: () => worker.postMessage('cancel'),
  }
}
