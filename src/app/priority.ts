/** How much a thread steps back behind those that acknowledge events. */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Niceness, 0 to 19. */
const NICENESS = 5

/** Under load, what is acknowledged comes first; the calling thread catches up when there is time. Linux only. */
export function yieldToIngest(niceness = NICENESS): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(threadId, niceness)
  } catch {
    // Elsewhere all threads are equal.
  }
}
