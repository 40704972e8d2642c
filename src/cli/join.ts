import { CliError, print, printJson } from './output.ts'
import { readPassword } from './password.ts'
import { reach, type ServerOptions, serverUrl } from './server.ts'

/** Makes one's account from an invitation. */
export async function joinCommand(
  token: string,
  options: ServerOptions & { name: string; email?: string; json?: boolean },
): Promise<void> {
  const url = serverUrl(options)
  const { name, email } = options
  const password = await readPassword()
  const response = await reach(url, `${url}/api/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(url).origin },
    body: JSON.stringify({ token, name, password, ...(email === undefined ? {} : { email }) }),
  })
  const { data, error } = (await response.json()) as {
    data?: { user: { email: string; role: string } }
    error?: { message: string }
  }
  if (data === undefined) {
    const nextStep = 'Correct that, or ask for a new invitation. The first one is printed at each start of the server.'
    throw new CliError(error?.message ?? `the server answered ${response.status}`, nextStep)
  }
  if (options.json === true) return printJson(data.user)
  print(`${data.user.email} has an account now, as ${data.user.role}.`)
}
