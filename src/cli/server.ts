/** How commands find and call a running server. */
import { QUICKSTART_FILE, type Quickstart, readQuickstart } from '../app/index.ts'
import { CliError } from './output.ts'

export interface ServerOptions {
  readonly url?: string
  readonly data?: string
}

export interface ServerHandle {
  readonly url: string
  readonly token: string
  readonly quickstart: Quickstart | undefined
  /** Calls the API and answers its `data`. @throws CliError */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Record<string, never>>
}

/** Address and token come from `--url` and `GRAPEVINE_TOKEN`, else from the data directory's quickstart.json. */
export function findServer(options: ServerOptions): ServerHandle {
  const directory = options.data ?? process.env['GRAPEVINE_DATA'] ?? './data'
  const quickstart = readQuickstart(directory)
  const url = options.url ?? process.env['GRAPEVINE_URL'] ?? quickstart?.url
  const token = process.env['GRAPEVINE_TOKEN'] ?? quickstart?.publicApiToken
  if (url === undefined || token === undefined) {
    throw new CliError(
      `no server to talk to: there is no ${QUICKSTART_FILE} in ${directory}`,
      'Start one with `npm start`, or name it with --url and set GRAPEVINE_TOKEN.',
    )
  }
  return {
    url,
    token,
    quickstart,
    async call(method, path, body, headers = {}) {
      const response = await reach(url, `${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const parsed = parse(text)
      if (!response.ok) {
        const message = problemIn(parsed) ?? `${method} ${path} was answered ${response.status}`
        const nextStep = NEXT_STEPS[response.status] ?? 'See `grapevine doctor`.'
        throw new CliError(message, nextStep)
      }
      return parsed?.['data'] ?? {}
    },
  }
}

const NEXT_STEPS: Readonly<Record<number, string>> = {
  401: 'Set GRAPEVINE_TOKEN to a token of this server.',
  403: 'Use a token with the scope that this needs.',
  409: 'Change what is in the way, then try again.',
  422: 'Correct that and try again.',
}

/** For what needs no token. @throws CliError */
export function serverUrl(options: ServerOptions): string {
  const quickstart = readQuickstart(options.data ?? process.env['GRAPEVINE_DATA'] ?? './data')
  const url = options.url ?? process.env['GRAPEVINE_URL'] ?? quickstart?.url
  if (url !== undefined) return url
  throw new CliError('no server to talk to', 'Name it with --url.')
}

/** A request to the server. @throws CliError when nobody answers */
export async function reach(base: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch {
    throw new CliError(
      `nothing answers at ${base}`,
      'Start the server with `npm start` in another terminal, or pass --url.',
    )
  }
}

/** What an answer says is wrong, in either envelope; undefined where it is no answer of the server. */
export function problemIn(answer: unknown): string | undefined {
  const { errors, error } = Object(answer) as { errors?: { message: string }[]; error?: { message: string } }
  return error?.message ?? errors?.map(({ message }) => message).join('; ')
}

function parse(text: string): Record<string, never> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
