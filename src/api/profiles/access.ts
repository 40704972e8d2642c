/** Who may read profiles: an API token with the scope `pii:read`, as the user name of Basic or as a Bearer token. */
import { basicUser } from '../../tracking/index.ts'
import type { ApiToken } from '../../workspace/index.ts'
import { ProfileProblem } from './problems.ts'

const BEARER = /^Bearer +(\S+)$/i
const SCOPE = 'pii:read'

/** @throws ProfileProblem 401 */
export async function authorise(
  verifyToken: (token: string) => Promise<ApiToken | undefined>,
  authorization = '',
): Promise<void> {
  const text = BEARER.exec(authorization)?.[1] ?? basicUser(authorization)
  const token = text === undefined ? undefined : await verifyToken(text)
  if (token === undefined)
    throw new ProfileProblem(
      'authentication_error',
      'Send a valid access token as the user name of Basic authentication.',
    )
  if (!token.scopes.includes(SCOPE)) throw new ProfileProblem('unauthorized', `This token lacks the scope ${SCOPE}.`)
}
