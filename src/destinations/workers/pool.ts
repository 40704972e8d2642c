/**
 * Runs destinations whose code is not this program's: each in a worker of its own, so that one that crashes, hangs or
 * eats memory takes nothing else with it.
 */
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../../ports/index.ts'
import type { CatalogEntry, CatalogSummary } from '../catalog.ts'
import type { Described } from '../described.ts'
import type { Outcome } from '../outcome.ts'
import type { Runner } from '../runner.ts'
import type { Answer, Call, CallName, Calls, WorkerOptions } from './calls.ts'

export interface WorkerLimits {
  /** Workers at once; an attempt at one destination more waits until another's worker is idle. */
  readonly workersMax: number
  /** Heap of a worker, megabytes; one that needs more is ended. */
  readonly heapMbMax: number
  /** Milliseconds for one attempt, loading the code included. Above the HTTP client's own for one request. */
  readonly attemptMs: number
  /** Milliseconds in which a worker must show that it is not stuck, once an attempt took too long. */
  readonly pingMs: number
  /** Milliseconds without work after which a worker ends. */
  readonly idleMs: number
}

export const WORKER_LIMITS: WorkerLimits = {
  workersMax: 6,
  heapMbMax: 192,
  attemptMs: 60_000,
  pingMs: 2_000,
  idleMs: 60_000,
}

export interface WorkerRunner extends Omit<Runner, 'settle'> {
  /** Loads a file and describes the definition in it. @throws Error whose message says what is wrong with the file */
  describe(module: string, from: Pick<CatalogSummary, 'id' | 'slug' | 'origin'>): Promise<Described>
}

/** What came of a call, or why nothing did. */
type Result<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'crashed' }

export function createWorkerRunner(options: {
  readonly clock: Clock
  readonly egressAllow: readonly string[]
  readonly limits?: Partial<WorkerLimits>
}): WorkerRunner {
  const limits = { ...WORKER_LIMITS, ...options.limits }
  const workers = new Map<string, DestinationWorker>()
  const waiting: (() => void)[] = []
  let isClosed = false

  function workerFor(module: string): DestinationWorker | null {
    const known = workers.get(module)
    if (known !== undefined) return known
    if (workers.size >= limits.workersMax) {
      const idle = [...workers.values()].find((worker) => worker.isIdle)
      if (idle === undefined) return null
      idle.end()
    }
    const { clock, egressAllow } = options
    const worker = new DestinationWorker({ clock, limits, egressAllow, module }, () => {
      if (workers.get(module) === worker) workers.delete(module)
    })
    workers.set(module, worker)
    return worker
  }

  async function call<Name extends CallName>(
    module: string,
    name: Name,
    argument: Calls[Name]['argument'],
  ): Promise<Result<Calls[Name]['answer']>> {
    for (;;) {
      if (isClosed) return { kind: 'crashed' }
      const worker = workerFor(module)
      if (worker === null) {
        await new Promise<void>((resolve) => waiting.push(resolve))
        continue
      }
      const result = await worker.call(name, argument)
      // Its worker may be idle now, and can be ended for another.
      waiting.shift()?.()
      return result as Result<Calls[Name]['answer']>
    }
  }

  const failed = (result: Exclude<Result<unknown>, { kind: 'value' }>) => ({
    outcome: outcomeOf(result),
    request: null,
  })
  return {
    async run(entry, { frozen = null, ...run }) {
      const result = await call(moduleOf(entry), 'run', { ...run, frozen })
      if (result.kind === 'value') return result.value
      return { ...failed(result), payload: null, frozen: frozen ?? { payload: null, request: null } }
    },
    async runBatch(entry, run) {
      const result = await call(moduleOf(entry), 'runBatch', run)
      if (result.kind === 'value') return result.value
      const none = { payload: null, request: null }
      const results = run.items.map(({ frozen }) => ({ ...failed(result), payload: null, frozen: frozen ?? none }))
      return { results, requests: [outcomeOf(result)] }
    },
    async preview(entry, run) {
      const result = await call(moduleOf(entry), 'preview', run)
      return result.kind === 'value' ? result.value : { request: null, payload: null, problem: sentenceOf(result) }
    },
    async delete(entry, run) {
      const result = await call(moduleOf(entry), 'delete', run)
      return result.kind === 'value' ? result.value : failed(result)
    },
    async testAuthentication(entry, settings) {
      const result = await call(moduleOf(entry), 'testAuthentication', settings)
      if (result.kind === 'value') return result.value
      return { isValid: false, message: sentenceOf(result), warnings: [] }
    },
    async describe(module, from) {
      const result = await call(module, 'describe', from)
      if (result.kind === 'value') return result.value
      throw new Error(sentenceOf(result))
    },
    async close() {
      isClosed = true
      await Promise.all([...workers.values()].map((worker) => worker.end()))
      for (const go of waiting.splice(0)) go()
    },
  }
}

/** Code that cannot be loaded is mended by a person: the events are tried again meanwhile, as with a 503. */
function outcomeOf(result: Exclude<Result<unknown>, { kind: 'value' }>): Outcome {
  if (result.kind === 'late') return { kind: 'ambiguous', reason: 'ETIMEDOUT' }
  if (result.kind === 'crashed') return { kind: 'ambiguous', reason: 'ECONNRESET' }
  return { kind: 'answered', status: 503, headers: {}, body: sentenceOf(result), truncated: false }
}

function sentenceOf(result: Exclude<Result<unknown>, { kind: 'value' }>): string {
  if (result.kind === 'late') return "The destination's code did not end in time."
  if (result.kind === 'crashed') return "The destination's code ended its worker: it crashed, or took too much memory."
  return `The destination's code could not be loaded: ${result.problem}`
}

function moduleOf({ home, slug }: CatalogEntry): string {
  if (home.kind === 'worker') return home.module
  throw new Error(`${slug} does not run in a worker`)
}

/** One thread, and what it was asked. */
class DestinationWorker {
  readonly #clock: Clock
  readonly #limits: WorkerLimits
  readonly #thread: Worker
  readonly #onEnd: () => void
  readonly #asked = new Map<number, (result: Result<unknown>) => void>()
  #calls = 0
  #idleTimer: Timer | undefined
  #isEnded = false

  constructor(options: WorkerOptions & { readonly clock: Clock; readonly limits: WorkerLimits }, onEnd: () => void) {
    const { clock, limits, egressAllow, module } = options
    this.#clock = clock
    this.#limits = limits
    this.#onEnd = onEnd
    this.#thread = new Worker(new URL(`./thread${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: { egressAllow, module } satisfies WorkerOptions,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMbMax },
      env: environment(),
    })
    this.#thread.on('message', (answer: Answer) => {
      const { id } = answer
      this.#settle(
        id,
        'problem' in answer ? { kind: 'problem', problem: answer.problem } : { kind: 'value', value: answer.value },
      )
    })
    this.#thread.on('error', () => void this.end())
    this.#thread.on('exit', () => void this.end())
    this.#thread.unref()
  }

  get isIdle(): boolean {
    return this.#asked.size === 0
  }

  call(name: CallName, argument: unknown): Promise<Result<unknown>> {
    return this.#ask(name, argument, this.#limits.attemptMs, () => this.#endIfStuck())
  }

  /** What it was asked and has not answered came to nothing that is known. */
  async end(): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#idleTimer?.cancel()
    this.#onEnd()
    for (const settle of [...this.#asked.values()]) settle({ kind: 'crashed' })
    this.#asked.clear()
    await this.#thread.terminate()
  }

  #ask(name: CallName, argument: unknown, ms: number, onLate: () => void): Promise<Result<unknown>> {
    this.#idleTimer?.cancel()
    // A question keeps the process going until its answer; a worker without one does not.
    this.#thread.ref()
    this.#calls += 1
    const id = this.#calls
    return new Promise((resolve) => {
      const deadline = this.#clock.after(ms, () => {
        this.#settle(id, { kind: 'late' })
        onLate()
      })
      this.#asked.set(id, (result) => {
        deadline.cancel()
        resolve(result)
      })
      this.#thread.postMessage({ id, name, argument } satisfies Call, [])
    })
  }

  /** One attempt may wait for a slow server while others go on; a thread that does not answer is lost to all. */
  #endIfStuck(): void {
    if (!this.#isEnded) void this.#ask('ping', null, this.#limits.pingMs, () => void this.end())
  }

  #settle(id: number, result: Result<unknown>): void {
    const settle = this.#asked.get(id)
    this.#asked.delete(id)
    settle?.(result)
    if (this.#asked.size > 0 || this.#isEnded) return
    this.#thread.unref()
    this.#idleTimer?.cancel()
    this.#idleTimer = this.#clock.after(this.#limits.idleMs, () => void this.end())
  }
}

/**
 * What a definition sees of the environment: what its libraries are set up with, such as AWS_REGION, and none of this
 * program's own settings. Proxies are ignored (S9).
 */
function environment(): Record<string, string> {
  const seen: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('GRAPEVINE_') && !/_proxy$/i.test(name)) seen[name] = value
  }
  return seen
}
