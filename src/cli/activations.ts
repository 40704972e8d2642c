/** `grapevine audience connect` and `disconnect`: which destinations are told of a computation, and with which ids. */
import { type ComputationOptions, findComputation, type Noun, openComputations } from './computations.ts'
import { CliError, EXIT, print, printable, printJson } from './output.ts'

export interface ConnectOptions extends ComputationOptions {
  readonly form?: string
  /** `type=strategy` or `type=strategy:name`. */
  readonly id?: readonly string[]
  readonly enrich?: readonly string[]
  /** `15m`, `2h`, `1d` or `now`. */
  readonly every?: string
}

/** Makes the connection, or changes that which there is. */
export async function connectCommand(
  noun: Noun,
  id: string,
  destinationId: string,
  options: ConnectOptions,
): Promise<void> {
  const { form, id: ids, enrich, every } = options
  const everyMinutes = every === undefined ? undefined : everyMinutesOf(every)
  const idSyncConfiguration = ids?.map(idSyncRuleOf)
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  const isThere = shown.destinationConnections.some((each) => each.destinationId === destinationId)
  const change = {
    ...(idSyncConfiguration === undefined ? {} : { idSyncConfiguration }),
    connectionSettings: {
      ...(form === undefined ? {} : { form }),
      ...(enrich === undefined ? {} : { enrichTraits: enrich }),
      ...(everyMinutes === undefined ? {} : { everyMinutes }),
    },
  }
  const connections = `${path}/${shown.id}/destination-connections`
  const data = isThere
    ? await server.call('PATCH', `${connections}/${encodeURIComponent(destinationId)}`, change)
    : await server.call('POST', connections, { destination: { id: destinationId }, ...change })
  if (options.json === true) return printJson((data as unknown as { connection: unknown }).connection)
  print(`${printable(shown.name)} goes to ${destinationId} as ${shown.key}.`)
  if (isThere) print(`It tells changes this way from now on; \`grapevine ${noun} sync\` tells everybody.`)
}

export async function disconnectCommand(
  noun: Noun,
  id: string,
  destinationId: string,
  options: ComputationOptions,
): Promise<void> {
  const { server, path, all } = await openComputations(noun, options)
  const shown = findComputation(noun, all, id)
  if (!shown.destinationConnections.some((each) => each.destinationId === destinationId))
    throw new CliError(
      `${printable(shown.name)} does not go to ${destinationId}`,
      `\`grapevine ${noun} show ${shown.key}\` shows where it goes.`,
    )
  const data = await server.call(
    'DELETE',
    `${path}/${shown.id}/destination-connections/${encodeURIComponent(destinationId)}`,
  )
  if (options.json === true) return printJson(data)
  print(`${printable(shown.name)} does not go to ${destinationId} any more. What was told there stays.`)
}

const MINUTES = { m: 1, h: 60, d: 1_440 } as const

/** Minutes, null for as it happens. @throws CliError for another text; how many there may be is for the server to say */
export function everyMinutesOf(text: string): number | null {
  if (text === 'now') return null
  const { count, unit } = /^(?<count>\d{1,6})(?<unit>[mhd])$/.exec(text)?.groups ?? {}
  if (count === undefined || unit === undefined)
    throw new CliError(
      `--every ${printable(text)} is no interval`,
      'Write 15m, 2h or 1d, or now for changes as they happen.',
      EXIT.usage,
    )
  return Number(count) * MINUTES[unit as keyof typeof MINUTES]
}

/** @throws CliError for a text that is no rule; what rules there may be is for the server to say */
export function idSyncRuleOf(text: string): { externalId: string; strategy: string; mapTo?: string } {
  const { externalId, strategy, mapTo } =
    /^(?<externalId>[^=]+)=(?<strategy>[^:]+)(?::(?<mapTo>.+))?$/.exec(text)?.groups ?? {}
  if (externalId === undefined || strategy === undefined)
    throw new CliError(
      `--id ${printable(text)} is no rule`,
      'Write TYPE=first, TYPE=last or TYPE=all, and :NAME behind it for a name of its own: --id email=last --id crm=all:crmId',
      EXIT.usage,
    )
  return { externalId, strategy, ...(mapTo === undefined ? {} : { mapTo }) }
}
