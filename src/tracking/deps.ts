import type { LogWriter } from '../log/index.ts'
import type { Clock, Random } from '../ports/index.ts'
import type { Source } from '../workspace/index.ts'
import type { TrackingLimits } from './limits.ts'
import type { SdkFiles } from './sdk-files.ts'
import type { TrackingTelemetry } from './telemetry.ts'

export type FoundSource =
  /** `origins`: pages that may use the key, as the `Origin` header names them; absent or empty for all. */
  | { readonly status: 'found'; readonly source: Source; readonly origins?: readonly string[] }
  | { readonly status: 'unknown' }
  /** The keys cannot be looked up now. */
  | { readonly status: 'unavailable' }

/** Port to the configuration. Answers at once, in a time that does not depend on how much of a key is right. */
export interface SourceDirectory {
  find(writeKey: string): FoundSource
}

/** Port to the list of suppressed and erased people. Answers at once. */
export interface Suppression {
  /** Whether nothing about this person may be taken in: suppressed, or erased after `timestamp`. */
  covers(person: {
    readonly sourceId: string
    readonly userId: string | undefined
    readonly anonymousId: string | undefined
    /** ISO 8601; `undefined` when it is not known when the event happened: then any erasure covers it. */
    readonly timestamp: string | undefined
  }): boolean
}

export interface TrackingDeps {
  readonly log: LogWriter
  readonly sources: SourceDirectory
  /** Absent: nobody is suppressed. */
  readonly suppression?: Suppression
  readonly clock: Clock
  readonly random: Random
  readonly telemetry: TrackingTelemetry
  readonly sdkFiles: SdkFiles
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<TrackingLimits>
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are believed. Default none. */
  readonly trustProxy?: readonly string[]
  /** Host and port that SDK settings name, without a scheme. Default: what the request's `Host` says. */
  readonly publicHost?: string
}
