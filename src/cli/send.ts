import { CliError, EXIT, print, printJson } from './output.ts'
import { findServer, reach, type ServerOptions } from './server.ts'

export interface SendOptions extends ServerOptions {
  readonly json?: boolean
  readonly writeKey?: string
  readonly userId?: string
  readonly anonymousId?: string
  readonly traits?: string
  readonly properties?: string
}

const TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias']

/** Sends one event the way an SDK would. */
export async function sendCommand(type: string, name: string | undefined, options: SendOptions): Promise<void> {
  if (!TYPES.includes(type))
    throw new CliError(`there is no call ${type}`, `Use one of ${TYPES.join(', ')}.`, EXIT.usage)
  const server = findServer(options)
  const writeKey = options.writeKey ?? server.quickstart?.sources[0]?.writeKey
  if (writeKey === undefined)
    throw new CliError('no write key', 'Pass the write key of a source with --write-key.', EXIT.usage)
  const event = {
    messageId: `cli-${crypto.randomUUID()}`,
    ...(options.userId === undefined ? {} : { userId: options.userId }),
    ...(options.anonymousId === undefined ? {} : { anonymousId: options.anonymousId }),
    ...(type === 'track' ? { event: name } : name === undefined ? {} : { name }),
    ...(options.traits === undefined ? {} : { traits: parseObject('--traits', options.traits) }),
    ...(options.properties === undefined ? {} : { properties: parseObject('--properties', options.properties) }),
  }
  const response = await reach(server.url, `${server.url}/v1/${type}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  const answer = await response.text()
  if (options.json === true)
    printJson({ status: response.status, answer: JSON.parse(answer), messageId: event.messageId })
  else print(`${response.status} ${answer}`)
  if (!response.ok) process.exitCode = EXIT.failed
}

function parseObject(option: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Answered below, like JSON that is not an object.
  }
  throw new CliError(`${option} is not a JSON object`, `Write it like ${option} '{"plan":"gold"}'.`, EXIT.usage)
}
