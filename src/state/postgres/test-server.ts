/**
 * A real PostgreSQL for tests: a server of its own for each test file, with fsync on, that is gone when the file's
 * process is. `GRAPEVINE_TEST_POSTGRES_URL` names a server to use instead (its role must be allowed to make databases).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll } from 'vitest'

const INSTALLED = '/usr/lib/postgresql'
const ROLE = 'grapevine'
const START_TIMEOUT_MS = 30_000
/** A port that was free may be taken before the server has it. */
const START_ATTEMPTS = 3

interface Owner {
  readonly uid: number
  readonly gid: number
}

interface Installation {
  readonly bin: string
  /** PostgreSQL refuses to run as root. */
  readonly owner: Owner | undefined
}

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

export interface TestPostgres {
  /** An empty database of its own, UTF-8. */
  newDatabase(): Promise<TestDatabase>
}

const givenUrl = process.env.GRAPEVINE_TEST_POSTGRES_URL
const installation = givenUrl === undefined ? findInstallation() : undefined

/** True when there is none to test with. Use it as `describe.skipIf(postgresMissing)` under a name with POSTGRES. */
export const postgresMissing = givenUrl === undefined && installation === undefined

/** For the names of test groups: says so where they are not run. */
export const POSTGRES = postgresMissing ? 'PostgreSQL [not run: no PostgreSQL]' : 'PostgreSQL'

/** Starts the server before the tests of the group it is called in, and stops it after them. */
export function useTestPostgres(): TestPostgres {
  let server: { url: string; stop: () => Promise<void> } | undefined
  beforeAll(async () => {
    if (givenUrl !== undefined) server = { url: givenUrl, stop: async () => {} }
    else if (installation !== undefined) server = await startServer(installation)
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    await server?.stop()
  }, START_TIMEOUT_MS)
  return {
    async newDatabase() {
      if (server === undefined) throw new Error('the PostgreSQL of the tests does not run')
      return makeDatabase(server.url)
    },
  }
}

async function makeDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `grapevine_test_${randomBytes(8).toString('hex')}`
  await runOn(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOn(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function findInstallation(): Installation | undefined {
  if (!existsSync(INSTALLED)) return undefined
  const versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a))
  const bin = versions
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((path) => existsSync(join(path, 'initdb')))
  if (bin === undefined) return undefined
  if (process.getuid?.() !== 0) return { bin, owner: undefined }
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return uid === undefined || gid === undefined ? undefined : { bin, owner: { uid: Number(uid), gid: Number(gid) } }
}

async function startServer({ bin, owner }: Installation): Promise<{ url: string; stop: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-postgres-'))
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid)
  const data = join(directory, 'data')
  const initOptions = ['--encoding=UTF8', '--locale=C', '--auth=trust', `--username=${ROLE}`, '--no-sync']
  execFileSync(join(bin, 'initdb'), [`--pgdata=${data}`, ...initOptions], { ...owner, cwd: directory, stdio: 'pipe' })
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const server = spawnServer(join(bin, 'postgres'), { directory, data, port, owner })
    const url = `postgres://${ROLE}@127.0.0.1:${port}/postgres`
    try {
      await answers(url, server)
      return { url, stop: () => stopServer(server, directory) }
    } catch (error) {
      await stopServer(server, attempt < START_ATTEMPTS ? undefined : directory)
      if (attempt === START_ATTEMPTS) throw error
    }
  }
}

/**
 * The shell stands between, so that the server ends also when this process is killed: its standard input closes then.
 * With a line on it before, it removes the directory too; a test process that dies sends none, so it is removed then.
 */
const KEEPER = `
"$0" -D "$2" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60 \
  -c shared_buffers=16MB -c log_min_messages=fatal </dev/null &
server=$!
read -r order
kill -INT $server 2>/dev/null
wait $server
[ "$order" = keep ] || rm -rf "$1"
`

function spawnServer(
  binary: string,
  { directory, data, port, owner }: { directory: string; data: string; port: number; owner: Owner | undefined },
): ChildProcess {
  return spawn('/bin/sh', ['-c', KEEPER, binary, directory, data, String(port)], {
    ...owner,
    cwd: tmpdir(),
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

/** @param removed undefined keeps the directory for another attempt */
async function stopServer(server: ChildProcess, removed: string | undefined): Promise<void> {
  if (server.exitCode !== null) return
  const exited = once(server, 'exit')
  server.stdin?.end(removed === undefined ? 'keep\n' : '\n')
  await exited
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS / START_ATTEMPTS
  for (;;) {
    try {
      return await runOn(url, 'SELECT 1')
    } catch (error) {
      if (performance.now() > deadline || server.exitCode !== null) throw error
      await wait(50)
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
