import { CliError, print, printJson, table } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

type Options = ServerOptions & { json?: boolean }

interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly permissions: readonly { readonly roleId: string }[]
}

const permissions = (role: string, pii: boolean | undefined) =>
  [role, ...(pii === true ? ['pii'] : [])].map((roleId) => ({ roleId }))

export async function usersListCommand(options: Options): Promise<void> {
  const server = findServer(options)
  const { users } = (await server.call('GET', '/api/users')) as unknown as { users: readonly User[] }
  const { invites } = (await server.call('GET', '/api/invites')) as unknown as { invites: readonly string[] }
  if (options.json === true) return printJson({ users, invites })
  const rows = users.map((user) => [
    user.id,
    user.permissions.map(({ roleId }) => roleId).join(' '),
    user.email,
    user.name,
  ])
  print(table(['id', 'role', 'email', 'name'], [...rows, ...invites.map((email) => ['', 'invited', email, ''])]))
}

export async function usersInviteCommand(
  email: string,
  options: Options & { role: string; pii?: boolean },
): Promise<void> {
  const server = findServer(options)
  const body = { invites: [{ email, permissions: permissions(options.role, options.pii) }] }
  const { tokens } = (await server.call('POST', '/api/invites', body)) as unknown as {
    tokens: readonly { email: string; token: string; expiresAt: string }[]
  }
  const [made] = tokens
  if (options.json === true) return printJson(made)
  print(`Grapevine sends no mail. Pass this on to ${email}; it works once, until ${made?.expiresAt}:`)
  print('')
  print(`  npx grapevine join ${made?.token} --name 'Their Name' --url ${server.url}`)
}

export async function usersRoleCommand(id: string, role: string, options: Options & { pii?: boolean }): Promise<void> {
  const path = `/api/users/${encodeURIComponent(id)}/permissions`
  const answer = await findServer(options).call('PUT', path, { permissions: permissions(role, options.pii) })
  if (options.json === true) return printJson(answer)
  print(`${id} is ${role} now${options.pii === true ? ', with pii' : ''}, and signs in anew.`)
}

export async function usersRemoveCommand(id: string, options: Options): Promise<void> {
  await findServer(options).call('DELETE', `/api/users?userIds.0=${encodeURIComponent(id)}`)
  if (options.json === true) return printJson({ id, removed: true })
  print(`Removed ${id}; their sessions and tokens are dead.`)
}

export async function usersResetPasswordCommand(email: string, options: Options): Promise<void> {
  const server = findServer(options)
  const { users } = (await server.call('GET', '/api/users')) as unknown as { users: readonly User[] }
  const user = users.find((each) => each.email.toLowerCase() === email.trim().toLowerCase())
  if (user === undefined)
    throw new CliError(`nobody here has the address ${email}`, 'See `grapevine users list`, or invite them.')
  const { passwordReset } = (await server.call('POST', `/api/users/${user.id}/password-reset`)) as unknown as {
    passwordReset: { email: string; token: string; expiresAt: string }
  }
  if (options.json === true) return printJson(passwordReset)
  print(`Grapevine sends no mail. Pass this on to ${user.email}; it works once, until ${passwordReset.expiresAt}:`)
  print('')
  print(`  npx grapevine reset-password ${passwordReset.token} --url ${server.url}`)
}
