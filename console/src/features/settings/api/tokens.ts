import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/accounts.ts'
import { ask, part } from '../../../shared/api.ts'

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await ask(answers.listTokens, '/tokens', { signal })).data.tokens,
})

export const createToken = async (body: { name: string; scopes: readonly string[] }) =>
  (await ask(answers.createToken, '/tokens', { method: 'POST', body })).data.token

export const revokeToken = (id: string) => ask(answers.revokeToken, `/tokens/${part(id)}`, { method: 'DELETE' })
