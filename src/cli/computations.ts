/** `grapevine audience` and `grapevine trait`: made of a text, shown with their members, over the API. */
import { stringify } from 'csv-stringify/sync'
import { CliError, EXIT, print, printable, printJson, table } from './output.ts'
import { findServer, type ServerHandle, type ServerOptions } from './server.ts'
import { findSpace } from './spaces.ts'

export type Noun = 'audience' | 'trait'

export interface ComputationOptions extends ServerOptions {
  readonly json?: boolean
  readonly space?: string
  /** Whose it is: `users` by default, or `accounts`. */
  readonly type?: string
  readonly key?: string
  readonly description?: string
  readonly anonymous?: boolean
  /** False with `--no-history`. */
  readonly history?: boolean
  readonly lookBack?: string
  readonly onlyWith?: readonly string[]
  readonly disabled?: boolean
  readonly limit?: string
  readonly overlap?: string
  readonly exits?: boolean
}

interface Progress {
  readonly phase: 'history' | 'people' | 'accounts'
  readonly done: number
  readonly total: number
  readonly expectedAt: string | null
}

interface Shown {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly status: string
  readonly size: { readonly count: number }
  readonly enabled: boolean
  readonly progress?: Progress
  readonly definition: { readonly query: string; readonly type: 'USERS' | 'ACCOUNTS' }
  readonly options: { readonly countsFrom?: string }
  readonly destinationConnections: readonly Connection[]
}

interface Connection {
  readonly destinationId: string
  readonly everyMinutes?: number
  readonly form: string
  readonly idSyncConfiguration?: readonly { readonly externalId: string; readonly strategy: string }[]
}

interface Member {
  readonly profileId: string
  readonly value: unknown
  readonly since: string
  readonly externalIds: readonly { readonly type: string; readonly id: string }[]
}

interface Preview {
  readonly size: { readonly count: number }
  readonly profiles: number
  readonly isComplete: boolean
  readonly identifiers: readonly { readonly type: string; readonly profiles: number }[]
  readonly overlap?: { readonly key: string; readonly size: number; readonly both: number }
  readonly sample: readonly Pick<Member, 'externalIds' | 'value'>[]
}

const PATHS = { audience: 'audiences', trait: 'computed-traits' } as const
export const ONE = { audience: 'audience', trait: 'computedTrait' } as const
const MANY = { audience: 'audiences', trait: 'computedTraits' } as const
const LOOK_BACK = { audience: 'backfillEventDataDays', trait: 'backfillDurationDays' } as const
/** Members asked for at once. */
const PAGE = 1_000

export async function listCommand(noun: Noun, options: ComputationOptions): Promise<void> {
  const { all } = await openComputations(noun, options)
  if (options.json === true) return printJson(all)
  if (all.length === 0) return print(`There is none yet: grapevine ${noun} create NAME 'definition'`)
  print(
    table(
      ['id', 'name', 'status', noun === 'audience' ? 'members' : 'profiles', 'definition'],
      all.map(({ id, name, status, size, definition }) => [id, name, status, String(size.count), definition.query]),
    ),
  )
}

export async function createCommand(
  noun: Noun,
  name: string,
  query: string,
  options: ComputationOptions,
): Promise<void> {
  const { server, path } = await openComputations(noun, options)
  const { key, description, anonymous = false, history = true, lookBack, onlyWith, disabled } = options
  const made = (await server.call('POST', path, {
    name,
    definition: { query, ...typeOf(options) },
    ...(key === undefined ? {} : { key }),
    ...(description === undefined ? {} : { description }),
    options: {
      includeAnonymousUsers: anonymous,
      includeHistoricalData: history,
      ...(lookBack === undefined ? {} : { [LOOK_BACK[noun]]: daysOf(lookBack) }),
      ...(onlyWith === undefined ? {} : { filterByExternalIds: onlyWith }),
    },
    enabled: disabled !== true,
  })) as unknown as Record<string, Shown>
  const shown = made[ONE[noun]] as Shown
  if (options.json === true) return printJson(shown)
  print(`Made ${shown.id}. Destinations get it as ${shown.key}.`)
}

function typeOf({ type }: ComputationOptions): { type?: string } {
  if (type === undefined) return {}
  if (type === 'users' || type === 'accounts') return { type: type.toUpperCase() }
  throw new CliError('--type must be users or accounts', 'Leave it out for users.', EXIT.usage)
}

function daysOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new CliError('--look-back must be a number of days', 'Leave it out for all that the log has.', EXIT.usage)
}

export async function showCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const { all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  if (options.json === true) return printJson(shown)
  const { name, key, status, progress, definition, destinationConnections } = shown
  const { countsFrom } = shown.options
  const { count } = shown.size
  const [one, many] =
    definition.type === 'ACCOUNTS'
      ? ['account', 'accounts']
      : noun === 'audience'
        ? ['member', 'members']
        : ['profile', 'profiles']
  print(`${printable(name)} (${shown.id}): ${status}, ${count} ${count === 1 ? one : many}`)
  if (progress !== undefined) print(`  ${progressText(progress, Date.now())}`)
  print(`  ${printable(definition.query)}`)
  if (countsFrom !== undefined) print(`  counts what happened from ${countsFrom} on`)
  for (const { destinationId, form, idSyncConfiguration = [], everyMinutes } of destinationConnections) {
    const ids = idSyncConfiguration.map(({ externalId, strategy }) => `${strategy} ${externalId}`).join(', ')
    const every =
      everyMinutes === undefined ? '' : `, every ${everyMinutes === 1 ? 'minute' : `${everyMinutes} minutes`}`
    print(printable(`  sent to ${destinationId} as ${key}, by ${form}${every}${ids === '' ? '' : `, with ${ids}`}`))
  }
}

/** @param nowMs Unix milliseconds */
export function progressText({ phase, done, total, expectedAt }: Progress, nowMs: number): string {
  const what = phase === 'history' ? 'records of history read' : 'profiles worked out'
  const leftMs = expectedAt === null ? null : Math.max(0, Date.parse(expectedAt) - nowMs)
  return `${done} of ${total} ${what}${leftMs === null ? '' : `, about ${Math.ceil(leftMs / 1_000)} s left`}`
}

export async function previewCommand(noun: Noun, query: string, options: ComputationOptions): Promise<void> {
  const { server, path } = await openComputations(noun, options)
  const data = await server.call('POST', `${path}/previews`, {
    definition: { query, ...typeOf(options) },
    ...(options.overlap === undefined ? {} : { overlapWith: options.overlap }),
  })
  const preview = (data as unknown as Record<string, Preview>)[`${ONE[noun]}Preview`] as Preview
  if (options.json === true) return printJson(preview)
  const { size, profiles, isComplete, identifiers, overlap, sample } = preview
  print(`${size.count} of ${profiles} profiles${isComplete ? '' : ', by the newest events only: the log has more'}`)
  for (const each of identifiers) print(printable(`  ${each.profiles} with ${each.type}`))
  if (overlap !== undefined) print(printable(`  ${overlap.both} also in ${overlap.key}, which has ${overlap.size}`))
  for (const { externalIds, value } of sample) print(`  ${idsText(externalIds)}  ${valueText(value)}`)
}

export async function membersCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : Number(options.limit)
  if (!(limit >= 1)) throw new CliError('--limit must be a number from 1', 'Leave it out for all.', EXIT.usage)
  await eachMember(noun, id, options, limit, (member) => {
    if (options.json === true) printJson(member)
    else print(printable(`${member.since}  ${idsText(member.externalIds)}  ${valueText(member.value)}`))
  })
}

/** CSV of everybody who is in: a column for each kind of id that one of them has, several ids of a kind in one cell. */
export async function exportCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const members: Member[] = []
  const { definition } = await eachMember(noun, id, options, Number.POSITIVE_INFINITY, (member) => {
    members.push(member)
  })
  const usual = definition.type === 'ACCOUNTS' ? ['group_id'] : ['user_id', 'email', 'anonymous_id']
  const types = new Set([...usual, ...members.flatMap(({ externalIds }) => externalIds.map(({ type }) => type))])
  const columns = ['profile_id', ...types, 'value', 'since']
  const rows = members.map(({ profileId, externalIds, value, since }) => [
    profileId,
    ...Array.from(types, (type) =>
      externalIds
        .filter((each) => each.type === type)
        .map((each) => each.id)
        .join(' '),
    ),
    typeof value === 'string' ? value : JSON.stringify(value),
    since,
  ])
  // What begins like a formula would be one in a spreadsheet.
  process.stdout.write(stringify([columns, ...rows], { escape_formulas: true, record_delimiter: '\n' }))
}

async function eachMember(
  noun: Noun,
  id: string,
  options: ComputationOptions,
  limit: number,
  onMember: (member: Member) => void,
): Promise<Shown> {
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  let left = limit
  for (let cursor: string | undefined = '0'; cursor !== undefined && left > 0; ) {
    const query = new URLSearchParams({
      'pagination.count': String(Math.min(PAGE, left)),
      'pagination.cursor': cursor,
    })
    const data = (await server.call('GET', `${path}/${shown.id}/members?${query}`)) as unknown as {
      members: readonly Member[]
      pagination: { next?: string }
    }
    for (const member of data.members) onMember(member)
    left -= data.members.length
    cursor = data.pagination.next
  }
  return shown
}

export interface EditOptions extends ComputationOptions {
  readonly name?: string
  readonly definition?: string
}

/** Changes its name, definition or description. */
export async function editCommand(noun: Noun, id: string, options: EditOptions): Promise<void> {
  const { name, definition, description } = options
  if (name === undefined && definition === undefined && description === undefined)
    throw new CliError('there is nothing to change', 'Give --name, --definition or --description.', EXIT.usage)
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  const data = await server.call('PATCH', `${path}/${shown.id}`, {
    ...(name === undefined ? {} : { name }),
    ...(definition === undefined ? {} : { definition: { query: definition } }),
    ...(description === undefined ? {} : { description }),
  })
  const after = (data as unknown as Record<string, Shown>)[ONE[noun]] as Shown
  if (options.json === true) return printJson(after)
  print(
    `${printable(after.name)} (${after.id}) is changed: ${after.status}. Destinations get it as ${after.key}, as before.`,
  )
}

/** Switches on or off. */
export async function enableCommand(
  noun: Noun,
  id: string,
  enabled: boolean,
  options: ComputationOptions,
): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  const exits = options.exits === true ? { sendExits: true } : {}
  await server.call('PATCH', `${path}/${shown.id}`, { enabled, ...exits })
  print(`${printable(shown.name)} is ${enabled ? 'on' : 'off'}.`)
}

export async function deleteCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  await server.call('DELETE', `${path}/${shown.id}${options.exits === true ? '?sendExits=true' : ''}`)
  print(`Deleted ${printable(shown.name)}. Its key ${shown.key} is not given out again.`)
  print(`It comes back with \`grapevine ${noun} restore ${shown.key}\`.`)
}

/** @param id its id or key: it is in no list */
export async function restoreCommand(noun: Noun, id: string, options: ComputationOptions): Promise<void> {
  const { server, path } = await openComputations(noun, options)
  const data = await server.call('POST', `${path}/${encodeURIComponent(id)}/restore`)
  const restored = (data as unknown as Record<string, Shown>)[ONE[noun]] as Shown
  if (options.json === true) return printJson(restored)
  print(`${printable(restored.name)} (${restored.id}) is back: ${restored.status}.`)
}

interface Opened {
  readonly server: ServerHandle
  readonly path: string
  readonly all: readonly Shown[]
}

export async function openComputations(noun: Noun, options: ComputationOptions): Promise<Opened> {
  const server = findServer(options)
  const path = `/api/spaces/${await findSpace(server, options.space)}/${PATHS[noun]}`
  const all = (await server.call('GET', path)) as unknown as Record<string, readonly Shown[]>
  return { server, path, all: all[MANY[noun]] ?? [] }
}

/** By its id, key or name. */
export function findComputation(noun: Noun, all: readonly Shown[], wanted: string): Shown {
  const found = all.find(({ id, key, name }) => [id, key, name].includes(wanted))
  if (found === undefined)
    throw new CliError(`there is no ${noun} ${wanted}`, `\`grapevine ${noun} list\` shows those there are.`)
  return found
}

const idsText = (ids: Member['externalIds']) => ids.map(({ type, id }) => `${type} ${id}`).join(', ')

const valueText = (value: unknown) => (value === true ? '' : JSON.stringify(value))
