/** Calls operations of the API so that they succeed: people who operate the server, tokens, and the audit trail. */
import type { Walk } from './openapi-walks.fixture.ts'

const PASSWORD = 'correct horse battery'

export const PEOPLE_WALKS: Readonly<Record<string, Walk>> = {
  async 'sessions and people'(api, { running }) {
    const nobody = { cookie: '' }
    const first = { token: running.setUpSecret, email: 'first@example.com', name: 'First', password: PASSWORD }
    const joined = await api.ask('POST', '/api/join', first, nobody)
    await api.call('GET', '/api/session', undefined, { cookie: joined.cookie })
    await api.call('DELETE', '/api/session', undefined, { cookie: joined.cookie })
    const credentials = { email: 'first@example.com', password: PASSWORD }
    const { cookie } = await api.ask('POST', '/api/session', credentials, nobody)
    const change = { current: PASSWORD, password: `${PASSWORD} staple` }
    const changed = await api.ask('PUT', '/api/session/password', change, { cookie })
    const owner = { cookie: changed.cookie }
    await api.call('GET', '/api/session', undefined, owner)

    const permissions = [{ roleId: 'editor' }, { roleId: 'pii' }]
    const invites = [{ email: 'ada@example.com', permissions }, { email: 'bob@example.com' }]
    const { tokens } = await api.call('POST', '/api/invites', { invites }, owner)
    await api.call('POST', '/api/join', { token: tokens[0].token, name: 'Ada', password: PASSWORD }, nobody)
    await api.call('GET', '/api/invites')
    const { userGroup } = await api.call('POST', '/api/groups', { name: 'Growth' })
    const group = `/api/groups/${userGroup.id}`
    await api.call('POST', `${group}/users`, { emails: ['ada@example.com', 'bob@example.com'] })
    await api.call('GET', `${group}/users`)
    await api.call('GET', `${group}/invites`)
    await api.call('POST', `${group}/permissions`, { permissions: [{ roleId: 'viewer' }] }, owner)
    await api.call('PUT', `${group}/permissions`, { permissions: [{ roleId: 'viewer' }] }, owner)
    await api.call('PATCH', group, { name: 'Growth team' }, owner)
    await api.call('GET', group)
    await api.call('GET', '/api/groups')

    const { users } = await api.call('GET', '/api/users')
    const ada = users.find(({ email }: { email: string }) => email === 'ada@example.com').id
    await api.call('GET', `/api/users/${ada}`)
    await api.call('GET', `/api/users/${ada}/groups`)
    await api.call('POST', `/api/users/${ada}/permissions`, { permissions: [{ roleId: 'viewer' }] }, owner)
    await api.call('PUT', `/api/users/${ada}/permissions`, { permissions: [{ roleId: 'viewer' }] }, owner)
    await api.call('GET', '/api/roles')
    const { passwordReset } = await api.call('POST', `/api/users/${ada}/password-reset`, undefined, owner)
    const reset = { token: passwordReset.token, password: `${PASSWORD} again` }
    await api.call('POST', '/api/password-reset', reset, nobody)

    const ofGroup = `/api/group/${userGroup.id}/users`
    await api.call('PUT', ofGroup, { emails: ['ada@example.com'] }, owner)
    await api.call('DELETE', `${ofGroup}?emails.0=ada@example.com`, undefined, owner)
    await api.call('DELETE', group, undefined, owner)
    await api.call('DELETE', '/api/invites?emails.0=bob@example.com', undefined, owner)
    await api.call('DELETE', `/api/users?userIds.0=${ada}`, undefined, owner)
  },

  async 'tokens and the audit trail'(api) {
    const { token } = await api.call('POST', '/api/tokens', { name: 'Walk', scopes: ['api:read'] })
    await api.call('GET', '/api/tokens')
    await api.call('DELETE', `/api/tokens/${token.id}`)
    await api.call('GET', '/api/audit-events')
    await api.call('GET', '/api/audit-events?pagination.count=1')
    await api.call('GET', '/api/audit-events/export?format=csv')
    await api.call('GET', '/api/audit-events/export?format=ndjson')
    await api.call('GET', '/api/audit-events/verification')
  },
}
