import type { EventOutcome } from '../connections/index.ts'
import { CliError, EXIT, print, printable } from './output.ts'
import { findServer, problemIn, reach, type ServerOptions } from './server.ts'

export interface TailOptions extends ServerOptions {
  readonly json?: boolean
  readonly source?: string
  readonly user?: string
  readonly event?: string
  readonly outcome?: string
  readonly destination?: string
}

/** Prints events as they become durable, until it is stopped. */
export async function tailCommand(options: TailOptions): Promise<void> {
  const server = findServer(options)
  const { source, user, event, outcome, destination } = options
  const filters = Object.entries({ sourceId: source, user, event, outcome, destinationId: destination })
  const query = new URLSearchParams(filters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const response = await reach(server.url, `${server.url}/api/live?${query}`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  if (!response.ok || response.body === null) throw await refusal(response)
  let rest = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue
      const data = line.slice('data: '.length)
      const message: object = JSON.parse(data)
      if (isTold(message)) print(options.json === true ? data : sentence(message))
    }
  }
  throw new CliError('the server ended the stream', 'Run it again.')
}

async function refusal(response: Response): Promise<CliError> {
  if (response.status === 422) {
    const problem = problemIn(await response.json()) ?? 'the live stream cannot be asked for that'
    return new CliError(problem, 'See `grapevine tail --help`.', EXIT.usage)
  }
  return new CliError(`the live stream was answered ${response.status}`, 'The token needs the scope pii:read.')
}

type Message =
  | { readonly position: number; readonly record: Readonly<Record<string, unknown>> }
  | { readonly leftOut: number }
  | EventOutcome

/** Where the stream began is for who wants to come back. */
const isTold = (message: object): message is Message =>
  'record' in message || 'outcome' in message || 'leftOut' in message

function sentence(message: Message): string {
  if ('leftOut' in message) return `… ${message.leftOut} outcomes left out: too many in a second`
  if ('outcome' in message) return outcomeSentence(message)
  const { position, record } = message
  const { receivedAt, type, event, name, userId, anonymousId, counts } = record
  if (counts !== undefined) return `${position}  ${receivedAt}  rejected  ${JSON.stringify(counts)}`
  const who = userId === undefined ? `anonymous ${anonymousId}` : `user ${userId}`
  return printable(`${position}  ${receivedAt}  ${type}  ${event ?? name ?? ''}  ${who}`)
}

function outcomeSentence({ position, atMs, outcome, ...told }: EventOutcome): string {
  const who = told.userId === null ? `anonymous ${told.anonymousId}` : `user ${told.userId}`
  const where = told.destinationId === null ? '' : ` at ${told.destinationId}`
  const why = [told.reason, told.status === null ? null : `status ${told.status}`].filter((each) => each !== null)
  const attempt = told.attempt === null || told.attempt === 1 ? '' : `, attempt ${told.attempt}`
  const cause = why.length === 0 ? '' : ` (${why.join(', ')}${attempt})`
  const at = new Date(atMs).toISOString()
  return printable(`${position}  ${at}  ${outcome}${where}${cause}  ${told.type}  ${told.name ?? ''}  ${who}`)
}
