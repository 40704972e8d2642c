/**
 * Every setting of the process, in one table: it feeds the parser, the help and the reference page. Nothing else reads
 * the environment.
 */
import { secretKey } from '../destinations/index.ts'

export interface Setting<T> {
  readonly doc: string
  /** As a person would write it; undefined when it has no default. */
  readonly fallback: string | undefined
  /** @throws Error whose message says what is expected */
  parse(text: string): T
}

function integer(options: { fallback: number; min: number; max: number; doc: string }): Setting<number> {
  return {
    doc: `${options.doc} ${options.min} to ${options.max}.`,
    fallback: String(options.fallback),
    parse(text) {
      const value = Number(text)
      if (!Number.isInteger(value) || value < options.min || value > options.max) {
        throw new Error(`must be a whole number from ${options.min} to ${options.max}`)
      }
      return value
    },
  }
}

function flag(options: { fallback: boolean; doc: string }): Setting<boolean> {
  return {
    doc: options.doc,
    fallback: String(options.fallback),
    parse(text) {
      if (text !== 'true' && text !== 'false') throw new Error('must be true or false')
      return text === 'true'
    },
  }
}

function oneOf<const Choice extends string>(options: {
  fallback: Choice
  choices: readonly Choice[]
  doc: string
}): Setting<Choice> {
  return {
    doc: `${options.doc} One of ${options.choices.join(', ')}.`,
    fallback: options.fallback,
    parse(text) {
      const choice = options.choices.find((each) => each === text)
      if (choice === undefined) throw new Error(`must be one of ${options.choices.join(', ')}`)
      return choice
    },
  }
}

function text(options: { fallback: string; doc: string }): Setting<string> {
  return {
    doc: options.doc,
    fallback: options.fallback,
    parse(value) {
      if (value === '') throw new Error('must not be empty')
      return value
    },
  }
}

function list(options: { doc: string }): Setting<readonly string[]> {
  return {
    doc: `${options.doc} Separated by commas.`,
    fallback: '',
    parse: (value) =>
      value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
  }
}

function optional(options: { doc: string; check?: (value: string) => void }): Setting<string | undefined> {
  return {
    doc: options.doc,
    fallback: undefined,
    parse(value) {
      options.check?.(value)
      return value
    },
  }
}

const KIB = 1024
const GIB = KIB ** 3

const MS_PER_HOUR = 3_600_000
const HOURS_MAX = 365 * 24

/** Milliseconds of `6h` or `1d`; undefined for anything else. */
export function everyMsOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? []
  const hours = Number(digits) * (unit === 'd' ? 24 : 1)
  return hours >= 1 && hours <= HOURS_MAX ? hours * MS_PER_HOUR : undefined
}

export const SETTINGS = {
  GRAPEVINE_HOST: text({ fallback: '127.0.0.1', doc: 'Address to listen on.' }),
  GRAPEVINE_PORT: integer({ fallback: 8700, min: 0, max: 65_535, doc: 'Main port; 0 takes any free one.' }),
  GRAPEVINE_EXTOLE_SANDBOX_PORT: optional({
    doc: 'Port of the Extole sandbox: 8701 by default, 0 turns it off, `any` takes a free one.',
    check(value) {
      if (value !== 'any' && !(Number.isInteger(Number(value)) && Number(value) >= 0 && Number(value) <= 65_535)) {
        throw new Error('must be a port, 0 or any')
      }
    },
  }),
  GRAPEVINE_DATA: text({ fallback: './data', doc: 'Directory that holds everything; one process at a time.' }),
  GRAPEVINE_DESTINATIONS: optional({ doc: 'Folder of destinations of your own: files with Actions definitions.' }),
  GRAPEVINE_SEGMENT_CATALOG: optional({
    doc: "Directory of Segment's destinations; by default `segment-catalog` in the data directory.",
  }),
  GRAPEVINE_STATE_URL: optional({
    doc: 'postgres://… keeps the state in PostgreSQL instead of the data directory.',
    check(value) {
      if (!/^postgres(ql)?:\/\//.test(value)) throw new Error('must begin with postgres://')
    },
  }),
  GRAPEVINE_LOG_URL: optional({
    doc: 'Not available yet: the event log is embedded.',
    check() {
      throw new Error('scale-out over JetStream is not built yet: leave this unset to use the embedded log')
    },
  }),
  GRAPEVINE_ROLES: optional({
    doc: 'Not available yet: one process has all roles.',
    check() {
      throw new Error('splitting the roles over processes is not built yet: leave this unset')
    },
  }),
  GRAPEVINE_SECRET_KEY: optional({
    doc: 'Encryption key of the settings at rest, 32 bytes in base64, instead of the file `secrets`.',
  }),
  GRAPEVINE_BACKUPS: optional({
    doc: 'Folder of backups, of this server alone; by default `backups` in the data directory. Put it on another disk.',
  }),
  GRAPEVINE_BACKUP_EVERY: optional({
    doc: 'How often a backup is made by itself: `6h`, `1d`; never by default. 1h to 365d.',
    check(value) {
      if (everyMsOf(value) === undefined) throw new Error('must be hours or days from 1h to 365d, such as 6h or 1d')
    },
  }),
  GRAPEVINE_BACKUP_KEEP: integer({
    fallback: 7,
    min: 1,
    max: 1_000,
    doc: 'Backups made by itself that are kept; older ones are removed, those that a person asked for are not.',
  }),
  GRAPEVINE_QUICKSTART: flag({
    fallback: true,
    doc: 'Whether an empty data directory gets a workspace, sources and destinations to try.',
  }),
  GRAPEVINE_TRUST_PROXY: list({ doc: 'Addresses of proxies whose X-Forwarded-For is believed.' }),
  GRAPEVINE_EGRESS_ALLOW: list({ doc: 'Private host:port addresses that destinations may be at.' }),
  GRAPEVINE_LOG_BYTES_MAX: integer({
    fallback: 64 * GIB,
    min: 16 * KIB ** 2,
    max: 2 ** 50,
    doc: 'Size of the event log in bytes at which ingest answers 503.',
  }),
  GRAPEVINE_LOG_DAYS: integer({ fallback: 90, min: 1, max: 3_650, doc: 'Days that events stay in the log.' }),
  GRAPEVINE_DEDUP_DAYS: integer({ fallback: 30, min: 1, max: 365, doc: 'Days within which a messageId counts once.' }),
  GRAPEVINE_DELIVERED_DAYS: integer({
    fallback: 7,
    min: 1,
    max: 365,
    doc: 'Days that rows of the ledger stay after their delivery.',
  }),
  GRAPEVINE_ALERT_URL: optional({
    doc: 'Where alerts are posted when they open and end: a URL with https, or at an address of GRAPEVINE_EGRESS_ALLOW.',
    check(value) {
      if (!URL.canParse(value) || !/^https?:/.test(value)) throw new Error('must be a URL with https')
    },
  }),
  GRAPEVINE_ALERT_SECRET: optional({
    doc: 'Signs the posted alerts (Standard Webhooks): whsec_ and 24 to 64 random bytes in base64.',
    check(value) {
      if (secretKey(value) === null) throw new Error('must be whsec_ and 24 to 64 bytes in base64')
    },
  }),
  GRAPEVINE_SOURCE_RATE_MAX: integer({
    fallback: 100_000,
    min: 1,
    max: 10_000_000,
    doc: 'Events a second from one source before it is answered 429.',
  }),
  GRAPEVINE_ADDRESS_RATE_MAX: integer({
    fallback: 50_000,
    min: 1,
    max: 10_000_000,
    doc: 'Requests a second from one address before it is answered 429.',
  }),
  GRAPEVINE_API_RATE_MAX: integer({
    fallback: 60_000,
    min: 1,
    max: 10_000_000,
    doc: "Requests a minute of one person, or of all API tokens that are nobody's, before they are answered 429.",
  }),
  GRAPEVINE_API_REFUSED_MAX: integer({
    fallback: 600,
    min: 1,
    max: 10_000_000,
    doc: 'Requests a minute from one address that the API answers 401 or 403 before it answers all from there 429.',
  }),
  GRAPEVINE_UNSAFE_FILESYSTEM: flag({
    fallback: false,
    doc: 'Start on a network file system, where an acknowledged event may be lost.',
  }),
  GRAPEVINE_UNSAFE_ASYNC_STANDBY: flag({
    fallback: false,
    doc: 'Start on a PostgreSQL without a synchronous standby, where a failover may lose the newest state.',
  }),
  GRAPEVINE_LOG_LEVEL: oneOf({
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    doc: 'Least important lines that are printed.',
  }),
} as const

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]['parse']> }

/** Every problem at once: print them all and exit 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly exitCode = 2
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Read by the command line and by nothing here. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['GRAPEVINE_TOKEN', 'GRAPEVINE_URL', 'GRAPEVINE_TEST_POSTGRES_URL'])

/** @throws ConfigError naming every setting that is wrong or not known */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const value = environment[name] ?? setting.fallback
    if (value === undefined) continue
    try {
      config[name] = setting.parse(value)
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('GRAPEVINE_') || Object.hasOwn(SETTINGS, name) || OTHER_NAMES.has(name)) continue
    problems.push(`${name} is not a setting: see \`grapevine serve --help\` for those there are`)
  }
  if (environment['GRAPEVINE_ALERT_URL'] !== undefined && environment['GRAPEVINE_ALERT_SECRET'] === undefined)
    problems.push('GRAPEVINE_ALERT_SECRET is missing: what is posted to GRAPEVINE_ALERT_URL is signed with it')
  if (problems.length > 0) throw new ConfigError(problems)
  return config as Config
}
