/**
 * `/sandbox/*`: how a person or a test steers this server. Not part of Extole's API: no token, no faults, no limits.
 * Anyone who reaches the port can use it, which is why the sandbox listens on loopback by default.
 */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { REQUESTS_MAX, type RequestLog } from '../request-log.ts'
import type { SegmentSource } from '../segment-source.ts'
import { changeSettings, type Settings } from '../settings.ts'
import { jsonBody, objectBody, page, type Route } from './route.ts'

export interface ControlParts {
  readonly context: Context
  readonly faults: Faults
  readonly requests: RequestLog
  readonly source: SegmentSource
  readonly saveSettings: (settings: Settings) => void
}

export function controlRoutes({ context, faults, requests, source, saveSettings }: ControlParts): Route[] {
  const control = { auth: 'none', isControl: true } as const
  const faultBody = () => ({ body: { rules: faults.list() } })
  return [
    {
      ...control,
      method: 'POST',
      path: '/sandbox/faults',
      handle: (call) => {
        faults.set(jsonBody(call))
        return faultBody()
      },
    },
    { ...control, method: 'GET', path: '/sandbox/faults', handle: faultBody },
    {
      ...control,
      method: 'DELETE',
      path: '/sandbox/faults',
      handle: () => {
        faults.clear()
        return faultBody()
      },
    },
    {
      ...control,
      method: 'GET',
      path: '/sandbox/requests',
      handle: (call) => {
        const after = call.query.get('after')
        if (after !== null && !/^\d{1,15}$/.test(after)) throw new ExtoleError('invalid_parameter', { name: 'after' })
        const list = requests.list(
          Math.min(page(call, REQUESTS_MAX).limit, REQUESTS_MAX),
          after === null ? undefined : Number(after),
        )
        return { body: { requests: list } }
      },
    },
    {
      ...control,
      method: 'DELETE',
      path: '/sandbox/requests',
      handle: () => {
        requests.clear()
        return { body: { requests: [] } }
      },
    },
    { ...control, method: 'GET', path: '/sandbox/stats', handle: () => ({ body: stats(context) }) },
    { ...control, method: 'GET', path: '/sandbox/settings', handle: () => ({ body: context.settings() }) },
    {
      ...control,
      method: 'PUT',
      path: '/sandbox/settings',
      handle: (call) => {
        saveSettings(changeSettings(context.settings(), objectBody(call)))
        return { body: context.settings() }
      },
    },
    { ...control, method: 'GET', path: '/sandbox/segment-source', handle: () => ({ body: source.shown() }) },
    {
      ...control,
      method: 'PUT',
      path: '/sandbox/segment-source',
      handle: (call) => {
        source.configure(objectBody(call))
        return { body: source.shown() }
      },
    },
  ]
}

/** Counts of what is stored. Reads every row, so not for a tight loop. */
function stats({ db }: Context) {
  const count = (sql: string) => Number(db.get(`SELECT count(*) AS n FROM ${sql}`)?.n ?? 0)
  return {
    events: count('event'),
    duplicates: count('event WHERE duplicate = 1'),
    steps: count('step'),
    persons: count('person WHERE erased = 0 AND forwarded_to IS NULL'),
    erased: count('person WHERE erased = 1'),
  }
}
