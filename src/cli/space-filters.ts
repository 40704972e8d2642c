/** `grapevine space filter`: what keeps events out of the profiles of a space, over the API. */
import { print, printable, printJson, table } from './output.ts'
import { findServer } from './server.ts'
import type { SpaceOptions } from './space.ts'
import { findSpace } from './spaces.ts'

interface Filter {
  readonly id: string
  readonly name: string
  readonly if: string
  readonly enabled: boolean
}

/** Most filters that a space has. */
const PAGE = 10

export async function listFiltersCommand(options: SpaceOptions): Promise<void> {
  const server = findServer(options)
  const query = new URLSearchParams({
    integrationId: await findSpace(server, options.space),
    'pagination.count': `${PAGE}`,
  })
  const { filters } = (await server.call('GET', `/api/filters?${query}`)) as unknown as { filters: readonly Filter[] }
  if (options.json === true) return printJson(filters)
  const rows = filters.map(({ id, name, enabled, if: condition }) => [id, name, enabled ? 'on' : 'off', condition])
  print(table(['id', 'name', '', 'keeps out'], rows))
}

export async function createFilterCommand(
  name: string,
  condition: string,
  options: SpaceOptions & { readonly description?: string; readonly disabled?: boolean },
): Promise<void> {
  const server = findServer(options)
  const body = {
    integrationId: await findSpace(server, options.space),
    name,
    if: condition,
    enabled: options.disabled !== true,
    ...(options.description === undefined ? {} : { description: options.description }),
  }
  const { filter } = (await server.call('POST', '/api/filters', body)) as unknown as { filter: Filter }
  if (options.json === true) return printJson(filter)
  const what = filter.enabled ? 'From now on events that meet it' : 'Once it is enabled, events that meet it'
  print(
    printable(`Made ${filter.id}, "${filter.name}". ${what} have no part in profiles; destinations still get them.`),
  )
}

export async function enableFilterCommand(id: string, enabled: boolean, options: SpaceOptions): Promise<void> {
  const path = `/api/filters/${encodeURIComponent(id)}`
  const { filter } = (await findServer(options).call('PATCH', path, { enabled })) as unknown as { filter: Filter }
  if (options.json === true) return printJson(filter)
  print(printable(`"${filter.name}" is ${filter.enabled ? 'on' : 'off'} for events from now on.`))
}

export async function deleteFilterCommand(id: string, options: SpaceOptions): Promise<void> {
  const answer = await findServer(options).call('DELETE', `/api/filters/${encodeURIComponent(id)}`)
  if (options.json === true) return printJson(answer)
  print('Deleted. Profiles stay as they are.')
}
