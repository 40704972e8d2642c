import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 2
const FREEZE_MS_MAX = 10_000

/** Resolves when no thread of a process runs any more after a SIGSTOP: one inside a system call ends that first. */
export async function frozen(pid: number): Promise<void> {
  const startedMs = performance.now()
  for (;;) {
    const threads = readdirSync(`/proc/${pid}/task`)
    if (threads.every((thread) => isStopped(pid, thread))) return
    if (performance.now() - startedMs > FREEZE_MS_MAX) throw new Error(`process ${pid} does not stop`)
    await sleep(LOOK_MS)
  }
}

function isStopped(pid: number, thread: string): boolean {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
  // The name, in brackets, may hold anything; the state is the letter behind it.
  return stat.charAt(stat.lastIndexOf(')') + 2) === 'T'
}
