/** Programs of the bench run as processes of their own, each saying one line of JSON when it is ready. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child<Ready> extends AsyncDisposable {
  readonly ready: Ready
  readonly pid: number
  /** The next line of JSON it prints. */
  line<T>(): Promise<T>
}

/** @param file relative to this folder */
export async function start<Ready>(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child<Ready>> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`${file} ended early`)
    return JSON.parse(value) as T
  }
  return {
    ready: await line<Ready>(),
    pid: child.pid ?? 0,
    line,
    [Symbol.asyncDispose]: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 45_000)
  await gone
  clearTimeout(timer)
}

/** Resident memory now and at its highest, in MB; Linux only, else null. */
export function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const megabytes = (name: string) =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024)
    return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }
  } catch {
    return null
  }
}

/** The kernel's clock ticks in a second, on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** Processor time of all its threads since its start, in milliseconds; Linux only, else 0. */
export function processorMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    return ((user + system) * 1_000) / TICKS_PER_S
  } catch {
    return 0
  }
}
