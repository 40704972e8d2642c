/** `grapevine replay`: shows what would be sent, asks, starts it and follows it. */
import { createInterface } from 'node:readline/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { CliError, EXIT, print, printable, printJson, table } from './output.ts'
import { findServer, type ServerHandle, type ServerOptions } from './server.ts'

export interface ReplayOptions extends ServerOptions {
  readonly json?: boolean
  readonly destination?: string
  readonly history?: boolean
  readonly mapping?: string
  readonly reason?: readonly string[]
  readonly event?: string
  readonly type?: string
  readonly from?: string
  readonly to?: string
  readonly userId?: string
  readonly anonymousId?: string
  readonly messageId?: readonly string[]
  readonly rate?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly detach?: boolean
}

interface Preview {
  readonly total: number
  readonly reasons: Readonly<Record<string, number>>
  readonly skipped: number
  readonly isComplete: boolean
  readonly sample: readonly {
    readonly id: string
    readonly reason: string | null
    readonly request: { readonly method: string; readonly url: string; readonly body: string | null } | null
    readonly problem: string | null
  }[]
}

interface Replay {
  readonly id: string
  readonly kind: string
  readonly destinationId: string | null
  readonly status: 'RUNNING' | 'FINISHED' | 'CANCELLED'
  readonly total: number
  readonly done: number
  readonly pending: number
  readonly delivered: number
  readonly dead: number
  readonly skipped: number
  readonly returned: number
  readonly cancelled: number
  readonly etaSeconds: number | null
  readonly createdAt: string
}

/** Between two looks at a running replay, in milliseconds. */
const LOOK_MS = 250
const BAR_CHARS = 30

export async function replayCommand(options: ReplayOptions): Promise<void> {
  if (options.destination === undefined) {
    throw new CliError('--destination is missing', 'Name one: `grapevine doctor` lists them.', EXIT.usage)
  }
  const server = findServer(options)
  const selection = selectionOf(options)
  const preview = (await server.call('POST', '/api/replays/preview', selection)) as unknown as Preview
  if (options.dryRun === true) return options.json === true ? printJson(preview) : print(previewText(preview))
  if (options.yes !== true) {
    print(previewText(preview))
    if (preview.total === 0) return
    if (!(await agrees(preview.total))) return print('Nothing was sent.')
  }
  const ratePerSecond = options.rate === undefined ? undefined : Number(options.rate)
  const body = { ...selection, ...(ratePerSecond === undefined ? {} : { ratePerSecond }) }
  const { replay } = (await server.call('POST', '/api/replays', body)) as unknown as { replay: Replay }
  if (options.detach === true) return options.json === true ? printJson(replay) : print(`Started as ${replay.id}.`)
  await follow(server, replay, options.json === true)
}

export async function replayListCommand(options: ServerOptions & { json?: boolean }): Promise<void> {
  const { replays } = (await findServer(options).call('GET', '/api/replays')) as unknown as {
    replays: readonly Replay[]
  }
  if (options.json === true) return printJson(replays)
  const head = ['id', 'kind', 'status', 'done', 'delivered', 'dead', 'asked for', 'destination']
  const rows = replays.map((each) => [
    each.id,
    each.kind,
    each.status,
    `${each.done} of ${each.total}`,
    String(each.delivered),
    String(each.dead),
    each.createdAt,
    each.destinationId ?? 'deleted',
  ])
  print(rows.length === 0 ? 'Nothing was replayed yet.' : table(head, rows))
}

/** Follows a replay until its end. */
export async function replayStatusCommand(
  id: string,
  options: ServerOptions & { json?: boolean; follow?: boolean },
): Promise<void> {
  const server = findServer(options)
  const replay = await replayOf(server, id)
  if (options.follow === true) return follow(server, replay, options.json === true)
  if (options.json === true) return printJson(replay)
  print(endText(replay))
}

export async function replayCancelCommand(id: string, options: ServerOptions & { json?: boolean }): Promise<void> {
  const answer = await findServer(options).call('POST', `/api/replays/${encodeURIComponent(id)}/cancel`)
  const { replay } = answer as unknown as { replay: Replay }
  if (options.json === true) return printJson(replay)
  print(endText(replay))
}

function selectionOf(options: ReplayOptions): object {
  const { destination, mapping, reason, event, type, from, to, userId, anonymousId, messageId } = options
  const given = {
    mappingId: mapping,
    reasons: reason,
    event,
    type,
    from,
    to,
    userId,
    anonymousId,
    messageIds: messageId,
  }
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  const kind = options.history === true ? { kind: 'history' } : {}
  return { destinationId: destination, ...kind, ...Object.fromEntries(named) }
}

async function replayOf(server: ServerHandle, id: string): Promise<Replay> {
  const answer = await server.call('GET', `/api/replays/${encodeURIComponent(id)}`)
  return (answer as unknown as { replay: Replay }).replay
}

async function agrees(total: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CliError(
      'this would send and nobody can be asked',
      'Add --yes, or look first with --dry-run.',
      EXIT.usage,
    )
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await ask.question(`Send ${total} again? [y/N] `)).trim())
  } finally {
    ask.close()
  }
}

/** Ctrl-C stops the looking, not the replay. */
async function follow(server: ServerHandle, started: Replay, isJson: boolean): Promise<void> {
  const left = new AbortController()
  const leave = () => left.abort()
  process.once('SIGINT', leave)
  let replay = started
  try {
    while (replay.status === 'RUNNING' && !left.signal.aborted) {
      progress(replay, isJson)
      await wait(LOOK_MS, undefined, { signal: left.signal }).catch(() => {})
      replay = await replayOf(server, replay.id)
    }
  } finally {
    process.off('SIGINT', leave)
  }
  progress(replay, isJson)
  if (process.stderr.isTTY && !isJson) process.stderr.write('\n')
  if (replay.status === 'RUNNING') {
    print(`The replay goes on without you. Cancel it with: grapevine replay cancel ${replay.id}`)
    return
  }
  if (isJson) return
  print(endText(replay))
  if (replay.dead > 0) process.exitCode = EXIT.failed
}

/** A line of JSON for programs; for people a bar that is drawn over itself. */
function progress(replay: Replay, isJson: boolean): void {
  if (isJson) printJson(replay)
  if (isJson || !process.stderr.isTTY) return
  const share = replay.total === 0 ? 1 : Math.min(1, replay.done / replay.total)
  const full = Math.round(share * BAR_CHARS)
  const eta = replay.etaSeconds === null ? '' : `, about ${replay.etaSeconds} s left`
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARS - full)
  process.stderr.write(`\r\u001b[K${bar} ${replay.done} of ${replay.total}${eta}`)
}

function endText(replay: Replay): string {
  const parts = [
    `${replay.delivered} delivered`,
    `${replay.dead} dead again`,
    `${replay.skipped} skipped (their person asked to be forgotten)`,
    `${replay.returned + replay.cancelled} given back`,
    `${replay.pending} under way`,
  ].filter((part) => !part.startsWith('0 '))
  return `${replay.id}: ${replay.status}, ${replay.done} of ${replay.total} done. ${parts.join(', ')}`
}

function previewText({ total, reasons, skipped, sample, isComplete }: Preview): string {
  const lines = [`${isComplete ? '' : 'More than '}${total} would be sent again.`]
  for (const [reason, count] of Object.entries(reasons)) lines.push(`  ${count} were dead with ${reason}`)
  if (skipped > 0) lines.push(`  ${skipped} are left out: their person asked to be forgotten`)
  if (sample.length > 0) lines.push('The first of them, as they would be sent now:')
  for (const { id, request, problem } of sample) {
    lines.push(request === null ? `  ${id}: ${problem}` : `  ${id}: ${request.method} ${request.url}`)
    if (request?.body != null) lines.push(`    ${request.body}`)
  }
  return lines.map(printable).join('\n')
}
