import { print, printJson, table } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

type Options = ServerOptions & { json?: boolean }

export async function tokenCreateCommand(name: string, options: Options & { scope: string[] }): Promise<void> {
  const { token } = await findServer(options).call('POST', '/api/tokens', { name, scopes: options.scope })
  if (options.json === true) return printJson(token)
  print(String(token?.['token']))
  print('Keep it now: it cannot be shown again.')
}

export async function tokenListCommand(options: Options): Promise<void> {
  const { tokens } = (await findServer(options).call('GET', '/api/tokens')) as unknown as {
    tokens: { id: string; name: string; scopes: string[]; createdAtMs: number }[]
  }
  if (options.json === true) return printJson(tokens)
  print(
    table(
      ['id', 'created', 'name', 'scopes'],
      tokens.map((each) => [each.id, new Date(each.createdAtMs).toISOString(), each.name, each.scopes.join(' ')]),
    ),
  )
}

export async function tokenRevokeCommand(id: string, options: Options): Promise<void> {
  await findServer(options).call('DELETE', `/api/tokens/${encodeURIComponent(id)}`)
  if (options.json === true) return printJson({ id, revoked: true })
  print(`Revoked ${id}.`)
}
