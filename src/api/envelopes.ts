/**
 * The two forms in which problems are answered. Routes that Segment's API has answer in Segment's envelope, so that its
 * clients can read it; all others in our own (reliability contract 4.4). `e2e/envelopes.test.ts` holds the list to what
 * Segment's SDK knows.
 */
import type { ApiProblem } from './problems.ts'

export type Envelope = 'segment' | 'own'

/** What Segment's API does not have, as it is served. */
export const OWN_ROUTES: ReadonlySet<string> = new Set([
  'GET /api/alerts',
  'GET /api/audit-events/export',
  'GET /api/audit-events/verification',
  'GET /api/backups',
  'POST /api/backups',
  'DELETE /api/backups/:name',
  'POST /api/backups/:name/check',
  'POST /api/backups/cancel',
  'POST /api/catalog/refresh',
  'GET /api/deliveries/volume',
  'GET /api/destinations/:id/event-names',
  'PUT /api/destinations/:id/event-names',
  'POST /api/destinations/:id/filters/test',
  'GET /api/destinations/:id/latency',
  'POST /api/destinations/:id/mappings/test',
  'POST /api/destinations/:id/test',
  'POST /api/destinations/:id/test-event',
  'POST /api/destinations/:id/try-now',
  'POST /api/destinations/test',
  'GET /api/explain/:messageId',
  'POST /api/join',
  'GET /api/ledger',
  'GET /api/ledger/:id',
  'GET /api/live',
  'GET /api/openapi.json',
  'POST /api/password-reset',
  'GET /api/regulations/:id/progress',
  'POST /api/regulations/preview',
  'GET /api/replays',
  'POST /api/replays',
  'GET /api/replays/:id',
  'POST /api/replays/:id/cancel',
  'POST /api/replays/preview',
  'DELETE /api/session',
  'GET /api/session',
  'POST /api/session',
  'PUT /api/session/password',
  'GET /api/sources/:id/latest-events',
  'GET /api/sources/:id/write-keys',
  'POST /api/sources/:id/test-event',
  'POST /api/spaces',
  'PATCH /api/spaces/:space',
  'GET /api/spaces/:space/:collection/:id/members',
  'GET /api/spaces/:space/:collection/:id/members/export',
  'POST /api/spaces/:space/:collection/:id/reconcile',
  'POST /api/spaces/:space/:collection/:id/restore',
  'GET /api/spaces/:space/:collection/:id/size',
  'POST /api/spaces/:space/:collection/:id/sync',
  'POST /api/spaces/:space/:collection/:id/syncs/:sync/cancel',
  'POST /api/spaces/:space/:collection/:id/undo',
  'POST /api/spaces/:space/:collection/check',
  'GET /api/spaces/:space/:collection/deleted',
  'GET /api/spaces/:space/identity-rules',
  'PUT /api/spaces/:space/identity-rules',
  'GET /api/spaces/:space/profiles',
  'DELETE /api/spaces/:space/profiles/:lookup',
  'GET /api/spaces/:space/profiles/:lookup',
  'GET /api/spaces/:space/profiles/:lookup/deletion-preview',
  'GET /api/spaces/:space/profiles/:lookup/events',
  'GET /api/spaces/:space/profiles/:lookup/explain',
  'GET /api/status',
  'GET /api/tokens',
  'POST /api/tokens',
  'DELETE /api/tokens/:id',
  'POST /api/users/:id/password-reset',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
])

/** @param url as it is declared, with parameters; undefined where no route was found */
export const envelopeOf = (method: string, url: string | undefined): Envelope =>
  OWN_ROUTES.has(`${method} ${url}`) ? 'own' : 'segment'

/** Codes of our own envelope that are not the type with underscores. */
const CODES: Readonly<Record<string, string>> = {
  unauthorized: 'unauthenticated',
  'input-validation': 'invalid',
  // Segment's name for it.
  RequestError: 'rate_limited',
}

/** What stands in the body. */
export function problemsIn(envelope: Envelope, problems: readonly ApiProblem[], requestId: string): object {
  if (envelope === 'segment') return { errors: problems }
  const type = problems[0]?.type ?? 'internal'
  const fields = problems.flatMap(({ field, message }) => (field === undefined ? [] : [{ field, message }]))
  const error = {
    code: CODES[type] ?? type.replaceAll('-', '_'),
    message: problems.map(({ message }) => message).join('; '),
    ...(fields.length > 0 ? { fields } : {}),
  }
  return { error, requestId }
}
