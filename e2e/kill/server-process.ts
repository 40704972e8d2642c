/** The product as a process of its own, started as a person starts it and ended as a machine ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** A start that takes longer has failed, in milliseconds. P12 asks for 10 s; a busy machine gets more before we give up. */
const START_MS_MAX = 60_000
/** The attempts under way have 30 s when it is told to stop, and the rest of the stop a few more. */
const STOP_MS_MAX = 45_000
/** How much of the end of its standard error is kept for a report, in characters. */
const ERRORS_CHARACTERS_MAX = 4_000

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ReadyProcess {
  readonly url: string
  /** From the start of the process to the line that says it is ready, in milliseconds. */
  readonly readyMs: number
}

/** It ended, or did not begin, on its own account. */
export class ProcessFailure extends Error {
  override readonly name = 'ProcessFailure'
}

export class ServerProcess implements AsyncDisposable {
  readonly #directory: string
  readonly #settings: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #exit: Promise<ProcessExit> = Promise.resolve({ code: null, signal: null })
  #errors = ''

  /** @param settings GRAPEVINE_ variables beside those of the directory and the ports */
  constructor(directory: string, settings: Readonly<Record<string, string>> = {}) {
    this.#directory = directory
    this.#settings = settings
  }

  /** The last it said on standard error. */
  get errors(): string {
    return this.#errors
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts a process and does not wait for it. */
  spawn(): void {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GRAPEVINE_'))
    const child = spawn(process.execPath, ['src/main.ts', 'serve', '--json'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        GRAPEVINE_DATA: this.#directory,
        GRAPEVINE_PORT: '0',
        GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
        GRAPEVINE_LOG_LEVEL: 'error',
        ...this.#settings,
      },
    })
    this.#child = child
    child.once(
      'exit',
      atExit(() => child.kill('SIGKILL')),
    )
    this.#exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }))
      child.once('error', () => resolve({ code: null, signal: null }))
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-ERRORS_CHARACTERS_MAX)
    })
  }

  /** @throws ProcessFailure when it ends instead, or takes too long */
  async start(): Promise<ReadyProcess> {
    const startedMs = performance.now()
    this.spawn()
    const url = await this.#url()
    return { url, readyMs: performance.now() - startedMs }
  }

  /** `kill -9`: the whole process with its threads, at once. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#exit
  }

  /** Stops or continues it as a debugger would. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child?.kill(signal)
  }

  /** Asks it to stop and waits until it has. @throws ProcessFailure unless it ends with code 0 in time */
  async stop(): Promise<void> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_MS_MAX)
    const { code, signal } = await this.#exit
    clearTimeout(timer)
    if (code !== 0) throw new ProcessFailure(`stopped with ${signal ?? `code ${code}`}: ${this.#errors}`)
  }

  /** How it ended, once it has. */
  exited(): Promise<ProcessExit> {
    return this.#exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  #url(): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(`not ready after ${START_MS_MAX} ms`), START_MS_MAX)
      const fail = (why: string) => {
        clearTimeout(timer)
        reject(new ProcessFailure(`${why}: ${this.#errors}`))
      }
      let text = ''
      this.#child?.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (!text.includes('\n')) return
        clearTimeout(timer)
        resolve((JSON.parse(text.slice(0, text.indexOf('\n'))) as { url: string }).url)
      })
      void this.#exit.then(({ code, signal }) => fail(`ended with ${signal ?? `code ${code}`} before it was ready`))
    })
  }
}
