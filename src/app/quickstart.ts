/** What an empty data directory gets, so that the first event arrives without a click. */
import type { ConfigSnapshot } from '../workspace/index.ts'
import { type Actor, SYSTEM_ACTOR } from '../workspace/index.ts'
import { ALL_SCOPES, type CommandArgs, type CommandName, type CommandResult } from './commands.ts'
import { type Quickstart, readQuickstart, writeQuickstart } from './quickstart-file.ts'
import type { SandboxThread } from './threads.ts'

/** The sandbox is beside us; nothing else an Extole Platform destination leads to is. */
const SANDBOX_URL_START = 'http://127.0.0.1:'

export type RunCommand = <Name extends CommandName>(
  name: Name,
  args: CommandArgs<Name>,
  actor: Actor,
) => Promise<CommandResult<Name>>

/** Makes the workspace's first sources and destinations where there are none; brings addresses up to date elsewhere. */
export async function quickstart(options: {
  readonly directory: string
  readonly config: ConfigSnapshot
  readonly run: RunCommand
  readonly url: string
  readonly consoleUrl: string
  readonly sandbox: SandboxThread | undefined
}): Promise<Quickstart | undefined> {
  const { directory, config, run, url, consoleUrl, sandbox } = options
  const known = readQuickstart(directory)
  if (known !== undefined) {
    const moved = {
      ...known,
      url,
      consoleLoginUrl: consoleUrl,
      extole: sandbox ? { url: sandbox.url, apiKey: sandbox.apiKey } : known.extole,
    }
    if (sandbox !== undefined && known.extole !== null) await follow(known.destinations, known.extole, sandbox, options)
    writeQuickstart(directory, moved)
    return moved
  }
  if (sandbox === undefined) return undefined
  const made =
    config.sources.size > 0
      ? await remake(config, run)
      : await run('quickstart', { apiKey: sandbox.apiKey, apiBaseUrl: sandbox.url }, SYSTEM_ACTOR)
  if (made === undefined) return undefined
  const before = config.destinations.get(made.destinationId)?.settings
  if (before !== undefined && String(before['apiBaseUrl']).startsWith(SANDBOX_URL_START)) {
    const from = { url: String(before['apiBaseUrl']), apiKey: String(before['apiKey']) }
    await follow(made.destinations, from, sandbox, options)
  }
  const content = { url, consoleLoginUrl: consoleUrl, ...made, extole: { url: sandbox.url, apiKey: sandbox.apiKey } }
  writeQuickstart(directory, content)
  return content
}

/**
 * Where the sandbox is on another port than last time, or has other keys (it may lose them in a power cut), its
 * destinations follow it. Those elsewhere stay.
 */
async function follow(
  destinations: Quickstart['destinations'],
  from: NonNullable<Quickstart['extole']>,
  to: SandboxThread,
  { config, run }: { readonly config: ConfigSnapshot; readonly run: RunCommand },
): Promise<void> {
  if (from.url === to.url && from.apiKey === to.apiKey) return
  for (const { id } of destinations) {
    const settings = config.destinations.get(id)?.settings
    if (settings?.['apiBaseUrl'] !== from.url) continue
    const key = settings['apiKey'] === from.apiKey ? { apiKey: to.apiKey } : {}
    await run('updateDestination', { id, settings: { apiBaseUrl: to.url, ...key } }, SYSTEM_ACTOR)
  }
}

/**
 * What the file says, from the configuration: the process may have died after it had made everything and before it had
 * written that down. The token is a new one, since only its hash was kept. Undefined where the quickstart's parts are
 * not there (any more).
 */
async function remake(config: ConfigSnapshot, run: RunCommand) {
  const all = [...config.sources.values()]
  const node = all.find(({ kind, slug }) => kind === 'node' && slug === 'node')
  const javascript = all.find(({ kind, slug }) => kind === 'javascript' && slug === 'javascript')
  const space = all.find(({ kind, slug }) => kind === 'space' && slug === 'space')
  if (node === undefined || javascript === undefined || space === undefined) return undefined
  const destinations = [node, javascript, space].flatMap(({ id: sourceId }) => {
    const instance = config.destinationsBySource.get(sourceId)?.find(({ kind }) => kind === 'extole-platform')
    return instance === undefined ? [] : [{ id: instance.id, sourceId }]
  })
  const [first] = destinations
  if (first === undefined || first.sourceId !== node.id) return undefined
  const { token } = await run('createToken', { name: 'quickstart', scopes: ALL_SCOPES }, SYSTEM_ACTOR)
  return {
    publicApiToken: token,
    spaceId: space.id,
    sources: [node, javascript].map(({ id, slug, writeKeys: [writeKey = ''] }) => ({ id, slug, writeKey })),
    destinations,
    destinationId: first.id,
  }
}
