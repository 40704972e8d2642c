import { print, printable, printJson } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'
import { findSpace } from './spaces.ts'

interface Explained {
  readonly profileId: string
  readonly externalIds: readonly { readonly type: string; readonly id: string }[]
  readonly merges: number
  readonly steps: readonly { readonly position: number; readonly text: string }[]
}

/** Erases the person that any of their ids names. */
export async function profileEraseCommand(
  id: string,
  options: ServerOptions & { readonly json?: boolean; readonly space?: string },
): Promise<void> {
  const server = findServer(options)
  const path = `/api/spaces/${await findSpace(server, options.space)}/profiles/${encodeURIComponent(id)}`
  const answer = await server.call('DELETE', path)
  if (options.json === true) return printJson(answer)
  print(`Accepted as ${String(answer['regulateId'])}: what is known of this person goes, here and at destinations.`)
}

export async function profileExplainCommand(
  id: string,
  options: ServerOptions & { readonly json?: boolean; readonly space?: string },
): Promise<void> {
  const server = findServer(options)
  const space = await findSpace(server, options.space)
  const path = `/api/spaces/${space}/profiles/${encodeURIComponent(id)}/explain`
  const explained = (await server.call('GET', path)) as unknown as Explained
  if (options.json === true) return printJson(explained)
  const { profileId, externalIds, steps } = explained
  print(printable(`${profileId}: ${externalIds.map((each) => `${each.type} ${each.id}`).join(', ')}`))
  for (const { position, text } of steps) print(printable(`  ${position}  ${text}`))
}
