/** `POST /v4/erasures` and `GET /v4/optouts` (contract 8). */
import type { Context } from '../context.ts'
import type { ErasureQueue } from '../erasures.ts'
import { ExtoleError } from '../errors.ts'
import { normalizeEmail } from '../identity.ts'
import { textOf } from '../json.ts'
import { formatTime } from '../time.ts'
import { objectBody, type Route, stringField } from './route.ts'

export function erasureRoutes(context: Context, erasures: ErasureQueue): Route[] {
  return [
    {
      method: 'POST',
      path: '/v4/erasures',
      auth: 'CLIENT_ADMIN',
      handle: (call) => {
        const body = objectBody(call)
        const email = stringField(body, 'email')
        const partnerUserId = textOf(body.partner_user_id)
        const note = stringField(body, 'note')
        if (!email?.trim() && partnerUserId === undefined) throw new ExtoleError('empty_request')
        if (email?.trim() && normalizeEmail(email) === undefined)
          throw new ExtoleError('invalid_erasure_email', { email })
        erasures.request({ email, partnerUserId })
        const answer = { id: context.nextId(), status: 'COMPLETED', created_date: formatTime(context.clock.nowMs()) }
        return { body: { ...answer, ...(note === undefined ? {} : { note }) } }
      },
    },
    {
      method: 'GET',
      path: '/v4/optouts',
      auth: 'USER_SUPPORT',
      handle: (call) => {
        const email = call.query.get('email')
        if (!email) throw new ExtoleError('missing_email_address')
        // Opt-out lists arrive by SFTP, which this sandbox does not serve, so nobody has opted out.
        return { body: { email, optout: false } }
      },
    },
  ]
}
