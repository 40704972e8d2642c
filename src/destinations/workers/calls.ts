/** What is said between the pool and its workers. Everything can be cloned. */
import type { BatchAttempt } from '../batch.ts'
import type { CatalogSummary } from '../catalog.ts'
import type { Settings } from '../definition.ts'
import type { Described } from '../described.ts'
import type { Attempt, Deletion, FrozenAttempt, Preview, TestResult } from '../run.ts'
import type { EntryBatch, EntryDelete, EntryRun } from '../runner.ts'

export interface WorkerOptions {
  /** Entries of `egress.allow`, which were found readable. */
  readonly egressAllow: readonly string[]
  /** The file that holds the definition: a worker has one. */
  readonly module: string
}

/** What a worker can be asked, by name, with what it answers. */
export interface Calls {
  run: { argument: Omit<EntryRun, 'signal'> & { readonly frozen?: FrozenAttempt | null }; answer: Attempt }
  runBatch: { argument: EntryBatch; answer: BatchAttempt }
  preview: { argument: EntryRun; answer: Preview }
  delete: { argument: EntryDelete; answer: Deletion | null }
  testAuthentication: { argument: Settings; answer: TestResult }
  describe: { argument: Pick<CatalogSummary, 'id' | 'slug' | 'origin'>; answer: Described }
  /** Answered as soon as the thread is free. */
  ping: { argument: null; answer: null }
}

export type CallName = keyof Calls

export interface Call {
  readonly id: number
  readonly name: CallName
  readonly argument: unknown
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** The definition could not be loaded, or is none. */
  | { readonly id: number; readonly problem: string }
