/** The installed package at work: it serves, takes an event and delivers it to the sandbox. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** A server that needs longer to start or to deliver has failed, in milliseconds. */
const PATIENCE_MS = 60_000

export interface Shown {
  /** The Node that served: its real path. */
  readonly node: string
  /** Data of the person at Extole. */
  readonly person: Readonly<Record<string, unknown>>
  /** Length of the browser SDK that it hands out. */
  readonly sdkBytes: number
}

/**
 * Runs `grapevine serve` from a folder that it was installed into, with a Node that comes first on the path, as
 * `npx grapevine serve` does.
 * @throws Error when it does not serve or not deliver
 */
export async function serveAndDeliver(folder: string, node: string): Promise<Shown> {
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GRAPEVINE_'))),
    PATH: `${dirname(node)}${delimiter}/usr/bin${delimiter}/bin`,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'warn',
  }
  const command = join(folder, 'node_modules', '.bin', 'grapevine')
  const server = spawn(command, ['serve', '--json'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const { url } = JSON.parse(await firstLine(server))
    const running = nodeOf(server, node)
    const { extole, sources } = JSON.parse(readFileSync(join(folder, 'data', 'quickstart.json'), 'utf8'))
    const send = [
      'send',
      'identify',
      '--user-id',
      'packed',
      '--traits',
      '{"email":"packed@example.com","firstName":"Ada"}',
    ]
    await promisify(execFile)(command, send, { cwd: folder, env: environment })
    const sdk = await fetch(`${url}/analytics.js/v1/${sources[1].writeKey}/analytics.min.js`)
    return { node: running, person: await personAt(extole, 'packed'), sdkBytes: (await sdk.arrayBuffer()).byteLength }
  } finally {
    if (server.exitCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  }
}

async function firstLine(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the output of the server is not read')
  const lines = createInterface(server.stdout)
  const [line] = await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) }),
    once(server, 'exit').then(([code]) => {
      throw new Error(`the server ended with code ${code} before it was ready`)
    }),
  ])
  return line
}

/** On Linux the process is looked at: the command must not have handed over to another Node. */
function nodeOf(server: ChildProcess, node: string): string {
  const running = process.platform === 'linux' ? realpathSync(`/proc/${server.pid}/exe`) : node
  if (process.platform === 'linux' && running !== realpathSync(node)) throw new Error(`${running} serves, not ${node}`)
  return running
}

async function personAt(extole: { url: string; apiKey: string }, userId: string): Promise<Shown['person']> {
  const get = async (path: string) =>
    (await fetch(extole.url + path, { headers: { authorization: `Bearer ${extole.apiKey}` } })).json()
  const endMs = performance.now() + PATIENCE_MS
  while (performance.now() < endMs) {
    const [person] = await get(`/v5/persons?person_keys=${encodeURIComponent(`partner_user_id:${userId}`)}`)
    if (person !== undefined) {
      const data: Record<string, { value: unknown }> = await get(`/v5/persons/${person.id}/data`)
      return Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]))
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the event was not delivered')
}
