/** The product as a user starts it, in a directory of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Quickstart } from '../src/app/index.ts'
import { type Child, start } from './child.ts'

export interface Product extends AsyncDisposable {
  readonly child: Child<{ url: string }>
  readonly port: number
  readonly destinationsInCatalog: number
  readonly directory: string
  /** Write key of a source that leads nowhere, and of the Node source, whose events go to Extole. */
  readonly idleKey: string
  readonly extoleKey: string
  readonly quickstart: Quickstart
  /** Makes an audience of a space that only one source feeds, told to the destination that the sink stands for. */
  makeAudience(name: string, query: string, of?: 'idle' | 'extole'): Promise<string>
  call(method: string, path: string, body?: unknown): Promise<Record<string, never>>
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'grapevine-bench-'))
}

/** @param sinkPort events of the Node source are delivered there */
export async function startProduct(options: { directory: string; sinkPort?: number }): Promise<Product> {
  const { directory, sinkPort } = options
  // Segment's catalog is there, as in an installation that uses it, where `npm test` has put it.
  const catalog = fileURLToPath(new URL('../artifacts/segment-catalog', import.meta.url))
  const environment = {
    ...(existsSync(catalog) ? { GRAPEVINE_SEGMENT_CATALOG: catalog } : {}),
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_LOG_LEVEL: 'warn',
    GRAPEVINE_SOURCE_RATE_MAX: '10000000',
    GRAPEVINE_ADDRESS_RATE_MAX: '10000000',
    GRAPEVINE_API_RATE_MAX: '10000000',
    GRAPEVINE_EGRESS_ALLOW: sinkPort === undefined ? '' : `127.0.0.1:${sinkPort}`,
  }
  const serve = (sandbox: string) =>
    start<{ url: string }>('../bin/grapevine.mjs', ['serve', '--json'], {
      ...environment,
      GRAPEVINE_EXTOLE_SANDBOX_PORT: sandbox,
    })
  // The quickstart makes sources and destinations, for which it needs the sandbox; what is measured runs without it.
  await (await serve('any'))[Symbol.asyncDispose]()
  const child = await serve('0')
  const quickstart = JSON.parse(readFileSync(join(directory, 'quickstart.json'), 'utf8')) as Quickstart
  const call: Product['call'] = async (method, path, body) => {
    const response = await fetch(`${child.ready.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${quickstart.publicApiToken}`,
        'content-type': 'application/json',
        // Nobody else changes what a bench sets up.
        ...(method === 'PATCH' ? { 'if-match': '*' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }
  const { sources } = (await call('GET', '/api/sources')) as unknown as {
    sources: { id: string; slug: string; writeKeys: string[] }[]
  }
  let idle = sources.find(({ slug }) => slug === 'idle')
  idle ??= (
    (await call('POST', '/api/sources', { slug: 'idle', metadataId: 'http' })) as unknown as {
      source: { id: string; slug: string; writeKeys: string[] }
    }
  ).source
  const { id: idleId } = idle
  if (sinkPort !== undefined) {
    await call('PATCH', `/api/destinations/${quickstart.destinationId}`, {
      settings: { apiBaseUrl: `http://127.0.0.1:${sinkPort}` },
    })
  }
  const catalogSize = (await call('GET', '/api/catalog/destinations?pagination.count=1')) as unknown as {
    pagination: { totalEntries: number }
  }
  return {
    child,
    destinationsInCatalog: catalogSize.pagination.totalEntries,
    port: Number(new URL(child.ready.url).port),
    directory,
    idleKey: idle.writeKeys[0] ?? '',
    extoleKey: quickstart.sources[0]?.writeKey ?? '',
    quickstart,
    call,
    async makeAudience(name, query, of = 'idle') {
      const space = `/api/spaces/${quickstart.spaceId}`
      const { destinations } = (await call('GET', '/api/destinations')) as unknown as {
        destinations: { id: string; sourceId: string }[]
      }
      for (const { id, sourceId } of destinations) {
        if (sourceId !== quickstart.spaceId) continue
        await call('PATCH', `/api/destinations/${id}`, { settings: { apiBaseUrl: `http://127.0.0.1:${sinkPort}` } })
      }
      await call('PATCH', space, { sourceIds: [of === 'idle' ? idleId : quickstart.sources[0]?.id] })
      const { audience } = (await call('POST', `${space}/audiences`, { name, definition: { query } })) as unknown as {
        audience: { id: string }
      }
      return audience.id
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
