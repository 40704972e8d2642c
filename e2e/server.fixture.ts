/** The whole product in this process, with the quickstart and a data directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig, type Quickstart, type Running, serve } from '../src/app/index.ts'

export interface TestServer extends AsyncDisposable {
  readonly running: Running
  readonly directory: string
  readonly quickstart: Quickstart & { readonly extole: NonNullable<Quickstart['extole']> }
}

/** @param settings GRAPEVINE_ variables beside those of the directory and the ports */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-e2e-'))
  const environment = {
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'error',
    ...settings,
  }
  const running = await serve(parseConfig(environment), (_, message) => {
    throw new Error(message)
  })
  const { quickstart } = running
  if (quickstart?.extole == null) throw new Error('no quickstart on an empty directory')
  return {
    running,
    directory,
    quickstart: { ...quickstart, extole: quickstart.extole },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

interface SpaceAnswer {
  readonly status: number
  readonly data: Record<string, never>
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

/** Calls the Public API below the quickstart's space. */
export async function callSpace(
  { running, quickstart }: Pick<TestServer, 'running' | 'quickstart'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<SpaceAnswer> {
  const response = await fetch(`${running.url}/api/spaces/${quickstart.spaceId}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as Omit<SpaceAnswer, 'status'>) }
}
