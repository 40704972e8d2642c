/** Runs any destination of the catalog: those whose code is here at once, the others in a worker. */
import { type BatchAttempt, type BatchRun, runBatch, runSettling } from './batch.ts'
import type { CatalogEntry } from './catalog.ts'
import type { Settings } from './definition.ts'
import type { HttpClient } from './http.ts'
import type { Outcome } from './outcome.ts'
import {
  type ActionRun,
  type Attempt,
  type DeleteRun,
  type Deletion,
  type FrozenAttempt,
  type Preview,
  preview,
  runAction,
  runDelete,
  type TestResult,
  testAuthentication,
} from './run.ts'

/** An action to run, without the definition it is part of. */
export type EntryRun = Omit<ActionRun, 'definition'>
export type EntryBatch = Omit<BatchRun, 'definition' | 'http'>
export type EntryDelete = Omit<DeleteRun, 'definition' | 'http' | 'signal'>

/** Makes attempts. Nothing here throws for what a server, an event or a definition's code does. */
export interface Runner {
  /** One attempt. With `frozen` the same method, path and body are sent as before. */
  run(entry: CatalogEntry, run: EntryRun & { readonly frozen?: FrozenAttempt | null }): Promise<Attempt>
  /** One attempt at many events together. */
  runBatch(entry: CatalogEntry, run: EntryBatch): Promise<BatchAttempt>
  /** Ends what may still run at a destination of ours (`Settling`). Null: nothing does; else why that cannot be seen. */
  settle(entry: CatalogEntry, settings: Settings): Promise<Outcome | null>
  /** What an attempt would send. */
  preview(entry: CatalogEntry, run: EntryRun): Promise<Preview>
  /** Null if the destination has no way to delete, or none for these ids. */
  delete(entry: CatalogEntry, run: EntryDelete): Promise<Deletion | null>
  testAuthentication(entry: CatalogEntry, settings: Settings): Promise<TestResult>
  /** Ends its workers, and with them what they are doing. */
  close(): Promise<void>
}

/** Milliseconds for ending what may still run at a destination. What is not over by then is looked at again. */
export const SETTLE_MS_MAX = 30_000

/** @param elsewhere runs the destinations whose code is not here; without it there may be none */
export function createRunner(options: {
  readonly http: HttpClient
  readonly elsewhere?: Omit<Runner, 'settle'>
}): Runner {
  const { http } = options
  const elsewhere = () => {
    if (options.elsewhere === undefined) throw new Error('this runner has no workers')
    return options.elsewhere
  }
  return {
    run(entry, run) {
      const { home } = entry
      if (home.kind === 'worker') return elsewhere().run(entry, run)
      return runAction({ definition: home.definition, http, ...run })
    },
    runBatch(entry, run) {
      const { home } = entry
      if (home.kind === 'worker') return elsewhere().runBatch(entry, run)
      return runBatch({ definition: home.definition, http, ...run })
    },
    async settle({ home, settling }, settings) {
      if (home.kind === 'worker' || settling?.isNeeded(settings) !== true) return null
      return runSettling({ definition: home.definition, settings, settling, http, msMax: SETTLE_MS_MAX })
    },
    preview(entry, run) {
      const { home } = entry
      if (home.kind === 'worker') return elsewhere().preview(entry, run)
      return preview({ definition: home.definition, ...run })
    },
    delete(entry, run) {
      const { home } = entry
      if (home.kind === 'worker') return elsewhere().delete(entry, run)
      return runDelete({ definition: home.definition, http, ...run })
    },
    testAuthentication(entry, settings) {
      const { home } = entry
      if (home.kind === 'worker') return elsewhere().testAuthentication(entry, settings)
      return testAuthentication({ definition: home.definition, settings, http })
    },
    close: async () => options.elsewhere?.close(),
  }
}
