/** Gathers what comes, to be shown together. */
export interface Portions<T> {
  add(each: T): void
  /** What was not shown yet is not shown any more. */
  close(): void
}

/**
 * @param show is given a portion after `everyMs`, and at once when there is as much as `most`: timers of a page that nobody
 * sees rest for a minute, and what comes does not
 */
export function portions<T>(options: {
  readonly everyMs: number
  readonly most: number
  readonly show: (all: readonly T[]) => void
}): Portions<T> {
  const { everyMs, most, show } = options
  let all: T[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const portion = all
    all = []
    show(portion)
  }
  return {
    add(each) {
      all.push(each)
      if (all.length >= most) flush()
      else timer ??= setTimeout(flush, everyMs)
    },
    close() {
      clearTimeout(timer)
    },
  }
}
