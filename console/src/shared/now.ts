import { useSyncExternalStore } from 'react'

const TICK_MS = 1_000

let nowMs = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One clock for all that shows how long ago something was. */
function subscribe(listener: () => void) {
  listeners.add(listener)
  // The clock stood still while nobody looked.
  if (timer === undefined) nowMs = Date.now()
  timer ??= setInterval(() => {
    nowMs = Date.now()
    for (const each of listeners) each()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Milliseconds since 1970, to the second. */
export const useNow = () => useSyncExternalStore(subscribe, () => nowMs)
