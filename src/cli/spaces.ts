import { CliError, EXIT } from './output.ts'
import type { ServerHandle } from './server.ts'

/** Id of the space that is named by its id or slug, or of the only one. @throws CliError */
export async function findSpace(server: ServerHandle, wanted: string | undefined): Promise<string> {
  const { spaces } = (await server.call('GET', '/api/spaces')) as unknown as { spaces: { id: string; slug: string }[] }
  const space = wanted === undefined ? spaces[0] : spaces.find(({ id, slug }) => id === wanted || slug === wanted)
  if (space !== undefined && (wanted !== undefined || spaces.length === 1)) return space.id
  const known = spaces.map(({ slug }) => slug).join(', ') || 'none'
  throw new CliError('it is not clear which space is meant', `Name one with --space: there is ${known}.`, EXIT.usage)
}
