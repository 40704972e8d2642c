/** The documented limit: 100 requests a minute for each token or address (contract 3), as a token bucket. Pure. */

export const REQUESTS_PER_MINUTE = 100
/** Callers remembered. Past it the longest idle are forgotten, which only ever lets more through. */
export const CALLERS_MAX = 10_000

const PER_MS = REQUESTS_PER_MINUTE / 60_000

/** `left` may be a fraction; `atMs` is when it was counted. */
export interface Bucket {
  readonly left: number
  readonly atMs: number
}

/** Takes one request. A new caller has a full bucket; a clock that steps back refills nothing. */
export function take(bucket: Bucket | undefined, nowMs: number): { isAdmitted: boolean; bucket: Bucket } {
  const elapsedMs = bucket === undefined ? 0 : Math.max(0, nowMs - bucket.atMs)
  const left = Math.min(REQUESTS_PER_MINUTE, (bucket?.left ?? REQUESTS_PER_MINUTE) + elapsedMs * PER_MS)
  const isAdmitted = left >= 1
  return { isAdmitted, bucket: { left: isAdmitted ? left - 1 : left, atMs: Math.max(nowMs, bucket?.atMs ?? nowMs) } }
}

/** Remembers a bucket for each caller. */
export function rateLimiter(nowMs: () => number): (caller: string) => boolean {
  const buckets = new Map<string, Bucket>()
  return (caller) => {
    const { isAdmitted, bucket } = take(buckets.get(caller), nowMs())
    buckets.delete(caller)
    buckets.set(caller, bucket)
    const oldest = buckets.size > CALLERS_MAX ? buckets.keys().next().value : undefined
    if (oldest !== undefined) buckets.delete(oldest)
    return isAdmitted
  }
}
