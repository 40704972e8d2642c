import { expect, test } from 'vitest'
import type { DestinationInstance } from '../workspace/index.ts'
import type { ApiStatus } from './deps.ts'
import { waitsFor } from './explain.ts'

test('what waits for a destination that is down is told with what it answers', () => {
  const instance = { id: 'd', enabled: true } as DestinationInstance
  const said = (failure: { status: number | null; reason: string } | null) => {
    const lastFailure = failure && { ...failure, atMs: 0, host: null }
    const states = { d: { hold: null, breakerOpenSinceMs: 0, requestsPerSecondMax: null, lastFailure } }
    return waitsFor({ nextAttemptAtMs: 0 }, instance, states as unknown as ApiStatus['states'], 1_000)
  }
  expect(said({ status: 503, reason: 'status_503' })).toContain(
    'since 1970-01-01T00:00:00.000Z, the last with 503: it gets',
  )
  expect(said({ status: null, reason: 'ECONNREFUSED' })).toContain(', the last with ECONNREFUSED: it gets')
  expect(said(null)).toContain('since 1970-01-01T00:00:00.000Z: it gets')
})
