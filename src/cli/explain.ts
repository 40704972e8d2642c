import { print, printable, printJson } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'

interface Explained {
  readonly position: number
  readonly event: {
    readonly type?: string
    readonly event?: string
    readonly userId?: string
    readonly receivedAt?: string
  } | null
  readonly destinations: readonly {
    readonly name: string
    readonly filtered: string | null
    readonly why: string | null
  }[]
  readonly spaces: readonly {
    readonly name: string
    readonly why: string | null
    readonly refusedIds: readonly string[]
  }[]
  readonly deliveries: readonly {
    readonly destination: string | null
    readonly mapping: string | null
    readonly state: string
    readonly attempts: number
    readonly status: number | null
    readonly reason: string | null
    readonly waitsFor: string | null
    readonly replay: { readonly id: string; readonly status: string } | null
    readonly request: { readonly method: string; readonly url: string; readonly body: string | null } | null
    readonly isRequestRenderedNow: boolean
    readonly response: unknown
  }[]
}

interface Unaccepted {
  readonly position: number
  readonly receivedAt: string
  readonly became: string
  readonly why: string
}

/** Tells every step that one event took. */
export async function explainCommand(messageId: string, options: ServerOptions & { json?: boolean }): Promise<void> {
  const data = await findServer(options).call('GET', `/api/explain/${encodeURIComponent(messageId)}`)
  const { events, unaccepted } = data as unknown as {
    events: readonly Explained[]
    unaccepted: readonly Unaccepted[]
  }
  if (options.json === true) return printJson([...events, ...unaccepted])
  for (const event of events) print(sentences(event).map(printable).join('\n'))
  for (const { position, receivedAt, became, why } of unaccepted) {
    print(printable(`Position ${position}: ${became}, received ${receivedAt}. ${why}`))
  }
}

function sentences({ position, event, destinations, spaces, deliveries }: Explained): string[] {
  const what =
    event === null
      ? 'its body is no longer in the log'
      : `${event.type} ${event.event ?? ''} of ${event.userId ?? 'an anonymous person'}, received ${event.receivedAt}`
  const lines = [`Position ${position}: ${what}`]
  if (destinations.length === 0) lines.push('  No destination is connected to its source.')
  for (const { name, filtered, why } of destinations) {
    lines.push(filtered === null ? `  ${name}: routed` : `  ${name}: filtered, ${filtered}. ${why}`)
  }
  for (const { name, why, refusedIds } of spaces) {
    lines.push(why === null ? `  ${name}: part of profiles` : `  ${name}: not part of profiles. ${why}`)
    for (const refused of refusedIds) lines.push(`    It ${refused}`)
  }
  for (const each of deliveries) {
    const status = each.status === null ? '' : `, last answer ${each.status}`
    const reason = each.reason === null ? '' : `, ${each.reason}`
    lines.push(
      `  ${each.destination} / ${each.mapping ?? 'erasure'}: ${each.state} after ${each.attempts} attempts${status}${reason}`,
    )
    if (each.waitsFor !== null) lines.push(`    ${each.waitsFor}`)
    if (each.replay !== null) lines.push(`    replayed by ${each.replay.id}, which is ${each.replay.status}`)
    if (each.request !== null) {
      lines.push(
        `    ${each.isRequestRenderedNow ? 'request as it would be made now' : 'request'}: ${each.request.method} ${each.request.url}`,
      )
      if (each.request.body !== null) lines.push(`      ${each.request.body}`)
    }
    if (each.response !== null) lines.push(`    answer: ${JSON.stringify(each.response)}`)
  }
  return lines
}
