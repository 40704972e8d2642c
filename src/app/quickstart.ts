/** What an empty data directory gets, so that the first event arrives without a click. */
import type { ConfigSnapshot } from '../workspace/index.ts'
import { type Actor, SYSTEM_ACTOR } from '../workspace/index.ts'
import { ALL_SCOPES, type CommandArgs, type CommandName, type CommandResult } from './commands.ts'
import { type Quickstart, readQuickstart, writeQuickstart } from './quickstart-file.ts'
import type { SandboxThread } from './threads.ts'

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
  readonly sandbox: SandboxThread | undefined
}): Promise<Quickstart | undefined> {
  const { directory, config, run, url, sandbox } = options
  const known = readQuickstart(directory)
  if (known !== undefined) {
    const moved = { ...known, url, extole: sandbox ? { url: sandbox.url, apiKey: sandbox.apiKey } : known.extole }
    if (sandbox !== undefined && known.extole !== null && known.extole.url !== sandbox.url) {
      // The sandbox is on another port than last time: its destinations follow it, those elsewhere stay.
      for (const { id } of known.destinations) {
        const instance = config.destinations.get(id)
        if (instance?.settings['apiBaseUrl'] !== known.extole.url) continue
        await run('updateDestination', { id, settings: { apiBaseUrl: sandbox.url } }, SYSTEM_ACTOR)
      }
    }
    writeQuickstart(directory, moved)
    return moved
  }
  if (sandbox === undefined) return undefined
  const made =
    config.sources.size > 0
      ? await remake(config, run)
      : await run('quickstart', { apiKey: sandbox.apiKey, apiBaseUrl: sandbox.url }, SYSTEM_ACTOR)
  if (made === undefined) return undefined
  const content = { url, consoleLoginUrl: null, ...made, extole: { url: sandbox.url, apiKey: sandbox.apiKey } }
  writeQuickstart(directory, content)
  return content
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
