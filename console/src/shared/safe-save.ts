/** Saving what was edited, over what was seen and nothing else. */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Difference, differencesOf, type Shown } from './differences.ts'
import { Problem } from './problem.ts'

/** What was read, with the tag of that state: sent as `If-Match`, a change is refused when it is another by then. */
export interface Tagged<T> {
  readonly value: T
  readonly tag: string | undefined
}

/** @param tag undefined for what is there whatever it is */
export const ifMatch = (tag: string | undefined): Readonly<Record<string, string>> =>
  tag === undefined ? {} : { 'if-match': tag }

/** Somebody else was quicker. */
export interface Clash {
  readonly differences: readonly Difference[]
  /** Theirs in place of what was entered here. */
  take(): void
  /** What was changed here stays, on top of theirs, to be saved again. */
  keep(): void
}

interface SafeSave<T, R> {
  /** As it is saved, as far as this page knows. */
  readonly loaded: Tagged<T>
  /** As it is saved, from the server. */
  readonly read: () => Promise<Tagged<T>>
  readonly isDirty: (seen: T) => boolean
  readonly shown: (saved: T) => Shown
  /** What stands in the form. */
  readonly mine: Shown
  readonly save: (seen: Tagged<T>) => Promise<R>
  readonly onSaved: (result: R) => void | Promise<void>
  /** The form becomes what is saved. */
  readonly onTake: (saved: T) => void
  /** The form stands on another state: only what was changed in it stays. */
  readonly onKeep: (theirs: T, opened: T) => void
}

/**
 * A change of another part of the same thing, which this form does not show, is no reason to ask anybody: it is saved over
 * the state that was just read.
 */
export function useSafeSave<T, R>(given: SafeSave<T, R>) {
  const { loaded, isDirty, shown, mine, onTake } = given
  const [seen, setSeen] = useState(loaded)
  const [theirs, setTheirs] = useState<Tagged<T>>()
  const changedSince = (now: T) => differencesOf(shown(seen.value), shown(now), mine)
  const take = (saved: Tagged<T>) => {
    setSeen(saved)
    setTheirs(undefined)
    onTake(saved.value)
  }
  const run = useMutation({
    mutationFn: async () => {
      try {
        return await given.save(seen)
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error
        const now = await given.read()
        if (changedSince(now.value).length === 0) return given.save(now)
        setTheirs(now)
        throw error
      }
    },
    onSuccess: async (result) => {
      setTheirs(undefined)
      await given.onSaved(result)
      // What cannot be read now is read by the next save, which is refused then.
      const now = await given.read().catch(() => undefined)
      if (now !== undefined) take(now)
    },
  })
  useEffect(() => {
    // Nobody edits: the form follows what is saved.
    if (loaded.tag !== seen.tag && !run.isPending && !isDirty(seen.value)) take(loaded)
  })
  const clash: Clash | undefined = theirs && {
    differences: changedSince(theirs.value),
    take: () => {
      take(theirs)
      run.reset()
    },
    keep: () => {
      given.onKeep(theirs.value, seen.value)
      setSeen(theirs)
      setTheirs(undefined)
      run.reset()
    },
  }
  return {
    seen: seen.value,
    save: run,
    /** What went wrong, as far as it is no clash. */
    problem: clash === undefined && run.isError ? run.error : undefined,
    clash,
    isDirty: isDirty(seen.value),
  }
}
