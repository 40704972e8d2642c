import { changePassword as route } from '../../../../../src/api/answers/accounts.ts'
import { ask } from '../../../shared/api.ts'

export const changePassword = async (body: { current: string; password: string }) =>
  (await ask(route, '/session/password', { method: 'PUT', body })).data
