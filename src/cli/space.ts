/** `grapevine space`: settings of a space, over the API. */
import { readFileSync } from 'node:fs'
import { CliError, EXIT, print, printable, printJson, table } from './output.ts'
import { findServer, type ServerOptions } from './server.ts'
import { findSpace } from './spaces.ts'

export interface SpaceOptions extends ServerOptions {
  readonly json?: boolean
  readonly space?: string
}

interface Rules {
  readonly types: readonly {
    readonly type: string
    readonly collection: string
    readonly limit: { readonly values: number; readonly period: string }
    readonly blocked: readonly Blocked[]
  }[]
  readonly priority: readonly string[]
  readonly blocked: readonly Blocked[]
}
type Blocked = { readonly exact: string } | { readonly regex: string }

export async function listSpacesCommand(options: SpaceOptions): Promise<void> {
  const { spaces } = (await findServer(options).call('GET', '/api/spaces')) as unknown as {
    spaces: readonly { id: string; slug: string; name: string; sourceIds: readonly string[] }[]
  }
  if (options.json === true) return printJson(spaces)
  const rows = spaces.map(({ id, slug, name, sourceIds }) => [id, slug, name, sourceIds.join(', ')])
  print(table(['id', 'slug', 'name', 'sources'], rows))
}

export async function showRulesCommand(options: SpaceOptions): Promise<void> {
  const server = findServer(options)
  const path = `/api/spaces/${await findSpace(server, options.space)}/identity-rules`
  const { identityRules } = (await server.call('GET', path)) as unknown as { identityRules: Rules }
  if (options.json === true) printJson(identityRules)
  else printRules(identityRules)
}

/** The file says what they shall be, whatever they were. */
const ANY_STATE = { 'if-match': '*' }

/** @param file JSON of the rules, as `show --json` prints them; `-` for standard input */
export async function setRulesCommand(file: string, options: SpaceOptions): Promise<void> {
  const rules = readJson(file)
  const server = findServer(options)
  const path = `/api/spaces/${await findSpace(server, options.space)}/identity-rules`
  const answer = (await server.call('PUT', path, rules, ANY_STATE)) as unknown as {
    identityRules: Rules
    warnings: string[]
  }
  if (options.json === true) return printJson(answer)
  printRules(answer.identityRules)
  for (const warning of answer.warnings) print(printable(`Warning: ${warning}`))
  print('The rules hold for events from now on. Profiles stay as they are.')
}

function printRules({ types, priority, blocked }: Rules): void {
  print(printable(`priority  ${priority.join(', ')}`))
  print(printable(`blocked   ${blocked.map(blockedText).join(', ') || 'nothing'}`))
  if (types.length === 0) print('types     the default ones')
  const rows = types.map(({ type, collection, limit, blocked: own }) => [
    type,
    collection,
    `${limit.values} ${limit.period}`,
    own.map(blockedText).join(', '),
  ])
  if (rows.length > 0) print(table(['type', 'of', 'limit', 'blocked'], rows))
}

const blockedText = (each: Blocked): string => ('exact' in each ? each.exact : `/${each.regex}/`)

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch {
    throw new CliError(
      `${file} cannot be read`,
      'Name a file with the rules as JSON, or - for standard input.',
      EXIT.usage,
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError(`${file} is not JSON: ${why}`, 'Start from `grapevine space rules show --json`.', EXIT.usage)
  }
}
