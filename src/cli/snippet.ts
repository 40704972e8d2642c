import { browserSnippet, snippetBase } from '../tracking/index.ts'
import { CliError, EXIT, print, printJson } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

interface SourceOfApi {
  readonly id: string
  readonly slug: string
  readonly writeKeys: readonly string[]
  readonly metadata: { readonly slug: string }
}

/** Prints what to paste into the head of a page. @param named slug or id; the first browser source when absent */
export async function snippetCommand(
  named: string | undefined,
  options: ServerOptions & { json?: boolean; host?: string },
): Promise<void> {
  const server = findServer(options)
  const { sources } = (await server.call('GET', '/api/sources')) as unknown as { sources: readonly SourceOfApi[] }
  const source =
    named === undefined
      ? sources.find(({ metadata }) => metadata.slug === 'javascript')
      : sources.find(({ id, slug }) => id === named || slug === named)
  const writeKey = source?.writeKeys[0]
  if (source === undefined || writeKey === undefined) {
    const there = sources.map(({ slug }) => slug).join(', ') || 'none'
    throw new CliError(
      `there is no source ${named ?? 'for browsers'} with a write key`,
      `There are: ${there}.`,
      EXIT.usage,
    )
  }
  const snippet = browserSnippet(baseOf(options.host ?? server.url), writeKey)
  if (options.json === true) printJson({ sourceId: source.id, writeKey, snippet })
  else print(snippet.trimEnd())
}

/** @throws CliError for what is not an address that browsers can load from */
function baseOf(host: string): string {
  const base = snippetBase(host)
  if (base !== undefined) return base
  throw new CliError(`${host} is not an address`, 'Write it in full: --host https://events.example.com', EXIT.usage)
}
