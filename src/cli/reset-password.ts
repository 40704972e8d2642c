import { CliError, print, printJson } from './output.ts'
import { readPassword } from './password.ts'
import { reach, type ServerOptions, serverUrl } from './server.ts'

/** Sets a new password with what was passed on to who forgot theirs. */
export async function resetPasswordCommand(token: string, options: ServerOptions & { json?: boolean }): Promise<void> {
  const url = serverUrl(options)
  const password = await readPassword()
  const response = await reach(url, `${url}/api/password-reset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(url).origin },
    body: JSON.stringify({ token, password }),
  })
  const { data, error } = (await response.json()) as { data?: { user: { email: string } }; error?: { message: string } }
  if (data === undefined) {
    const nextStep = 'Correct that, or ask for a new one: `grapevine users reset-password EMAIL` makes it.'
    throw new CliError(error?.message ?? `the server answered ${response.status}`, nextStep)
  }
  if (options.json === true) return printJson(data.user)
  print(`${data.user.email} has a new password, and is signed out everywhere.`)
}
