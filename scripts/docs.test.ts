/** The documentation says what the code does: every name that a user meets stands in its page, and no link is dead. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { envelopeOf } from '../src/api/envelopes.ts'
import { LEFT_OUT } from '../src/api/left-out.ts'
import {
  EVENTS_LOOKBACK_DAYS,
  LINKS_LIMIT,
  LIST_LIMIT,
  PROFILE_STATUSES,
  REQUESTS_PER_SECOND,
  TRAITS_LIMIT,
} from '../src/api/profiles/index.ts'
import { SETTINGS } from '../src/app/index.ts'
import { METRIC_HELP } from '../src/observe/index.ts'
import { DROP_REASONS, REJECT_REASONS, WARNINGS } from '../src/spec/index.ts'
import { PROBLEMS } from '../src/tracking/index.ts'
import { LINKS_MAX } from '../src/unify/document.ts'
import {
  EXTERNAL_IDS_MAX,
  MAPPINGS_MAX,
  MERGES_MAX,
  SKIP_REASONS,
  TRAIT_NAME_CHARS_MAX,
  TRAIT_VALUE_BYTES_MAX,
  TRAITS_MAX,
} from '../src/unify/identity/index.ts'
import { RECENT_EVENTS_MAX } from '../src/unify/recent-events.ts'
import { BUILT_IN_TYPES, checkIdentityRules, DEFAULT_RULES, ROLE_RIGHTS, ROLES } from '../src/workspace/index.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const NOT_OURS = new Set(['node_modules', '.git', 'data', 'dist', 'artifacts'])

const read = (file: string) => readFileSync(join(root, file), 'utf8')

function filesUnder(directory: string, ending: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return []
    const file = join(directory, entry.name)
    if (entry.isDirectory()) return filesUnder(file, ending)
    return entry.name.endsWith(ending) ? [file] : []
  })
}

const pages = filesUnder('.', '.md').map((file) => ({ file, text: read(file) }))

/** The part of a page from one heading to the next. */
function section(file: string, heading: string): string {
  const [, rest] = read(file).split(new RegExp(`^#{2,3} ${heading}$`, 'm'))
  if (rest === undefined) throw new Error(`${file} has no heading ${heading}`)
  return rest.split(/^#{2,3} /m)[0] ?? ''
}

/** Cells of the rows of the first table of a text, without the backticks of the first one. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => /^\| -{3}/.test(line))
  if (start === -1) throw new Error('there is no table')
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines
    .slice(start + 1, end === -1 ? undefined : end)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .map(([first = '', ...others]) => [first.replaceAll('`', ''), ...others])
}

const firstCells = (text: string) => rowsOf(text).map(([first = '']) => first)

test('the table of settings is that of src/app/settings.ts', () => {
  const rows = Object.entries(SETTINGS).map(
    ([name, { fallback, doc }]) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : '-'} | ${doc} |`,
  )
  const [, table = ''] =
    /<!-- settings:.*?-->\n\n(.*?)\n\n<!-- end of settings -->/s.exec(read('docs/operations.md')) ?? []
  expect(table.split('\n')).toEqual(['| Variable | Default | Meaning |', '| --- | --- | --- |', ...rows])
})

test('every metric, and no other, is on the page of operations', () => {
  const [, text = ''] = /\| Metric (.*?)\n\n/s.exec(read('docs/operations.md')) ?? []
  expect(firstCells(text).sort()).toEqual(
    Object.keys(METRIC_HELP)
      .map((name) => `grapevine_${name}`)
      .sort(),
  )
})

test('every exit code that the code knows is on the page of operations', () => {
  const known = new Set<string>()
  for (const file of filesUnder('src', '.ts')) {
    if (/\.(test|fixture)\.ts$|contract\.ts$/.test(file)) continue
    const text = read(file)
    const named = /\bEXIT\w* = (\d+)|\bexitCode = (\d+)$|\bGateError\(\s*(\d+)|\bEXIT = \{([^}]*)\}/gm
    for (const [, constant, field, gate, table] of text.matchAll(named)) {
      for (const code of [constant, field, gate, ...(table?.match(/\d+/g) ?? [])]) if (code) known.add(code)
    }
  }
  expect(known).toContain('22')
  const documented = firstCells(section('docs/operations.md', 'Exit codes'))
  expect([...known].filter((code) => !documented.includes(code))).toEqual([])
})

/** Full names of a command's commands; its own where it has none. */
function commandsOf(...command: string[]): string[] {
  const help = execFileSync(process.execPath, [join(root, 'src/main.ts'), ...command, '--help'], { encoding: 'utf8' })
  const [, list] = help.split('Commands:\n')
  const own = command.join(' ')
  if (list === undefined) return [own]
  const names = [...(list.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')
  // A command with commands that has an example does something by itself.
  const itself = command.length > 0 && help.includes('Example:') ? [own] : []
  return [...itself, ...names.flatMap((name) => commandsOf(...command, name))]
}

test('every command is on the page of operations', () => {
  const commands = commandsOf()
  expect(commands).toContain('doctor')
  expect(firstCells(section('docs/operations.md', 'Commands')).sort()).toEqual(commands.sort())
}, 90_000)

test("every route of the API is on the page of the Public API with its right, apart from Segment's what is our own", () => {
  const routes = { Routes: [] as string[], 'Own routes': [] as string[] }
  for (const file of filesUnder('src/api', '.ts')) {
    const declared = /app\.(get|post|patch|put|delete)(?:<[^(]*>)?\(\s*'([^']+)',\s*\{\s*onRequest: guard\('([^']+)'\)/g
    for (const [, verb = '', path = '', right = ''] of read(file).matchAll(declared)) {
      const [method, url] = [verb.toUpperCase(), `/api${path === '/' ? '' : path}`]
      const heading = envelopeOf(method, url) === 'own' ? 'Own routes' : 'Routes'
      routes[heading].push(`${method} ${url.replace(/:(\w+)/g, '{$1}')} ${right}`)
    }
  }
  for (const [heading, served] of Object.entries(routes)) {
    expect(served.length).toBeGreaterThan(10)
    const documented = rowsOf(section('docs/public-api.md', heading)).map(
      ([route = '', right = '']) => `${route} ${right.replaceAll('`', '')}`,
    )
    expect(documented.sort()).toEqual(served.sort())
  }
})

test('what the Public API leaves out is on its page, with the reason', () => {
  const [paths, reasons] = [0, 1].map((cell) =>
    rowsOf(section('docs/public-api.md', 'What is left out')).map((row) => row[cell]),
  )
  expect(paths).toEqual([...LEFT_OUT.keys()].map((path) => path.replace(/:(\w+)/g, '{$1}')))
  expect(reasons).toEqual([...LEFT_OUT.values()])
})

test('every answer of the Tracking API is on its page, with its status', () => {
  const documented = rowsOf(section('docs/tracking-api.md', 'Codes')).map(([code, status]) => `${code} ${status}`)
  expect(documented.sort()).toEqual(
    Object.entries(PROBLEMS)
      .map(([code, { status }]) => `${code} ${status}`)
      .sort(),
  )
})

test.each([
  ['Reasons', REJECT_REASONS],
  ['Dropped', DROP_REASONS],
  ['Warnings', WARNINGS],
])('%s of events: all of them, and no other, are on the page of the Tracking API', (heading, names) => {
  expect(firstCells(section('docs/tracking-api.md', heading)).sort()).toEqual(Object.keys(names).sort())
})

test('every reason to filter an event is on the page of the Tracking API', () => {
  const [, union = ''] = /export type FilterReason =(.*?)\n\n/s.exec(read('src/connections/filter-reasons.ts')) ?? []
  const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, reason = '']) => reason)
  expect(reasons.length).toBeGreaterThan(0)
  expect(firstCells(section('docs/tracking-api.md', 'Which destinations get an event')).sort()).toEqual(reasons.sort())
})

test.each([
  ['Reason of a hold', 'HoldReason', 'A destination is on hold', new Set(['ambiguous'])],
  ['Reason of a dead letter', 'DeadReason', 'There are dead letters', new Set<string>()],
])('%s: each is explained on the page of operations', (_, type, heading, elsewhere) => {
  const [, union = ''] = new RegExp(`export type ${type} =(.*?)\\n\\n`, 's').exec(read('src/delivery/verdict.ts')) ?? []
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template literal type.
  const reasons = [...union.replace('`rejected_${number}`', "'rejected_<status>'").matchAll(/'([\w<>]+)'/g)]
  const explained = firstCells(section('docs/operations.md', heading))
  const missing = reasons.map(([, reason = '']) => reason).filter((each) => !explained.includes(each))
  expect(reasons.length).toBeGreaterThan(0)
  expect(missing.filter((reason) => !elsewhere.has(reason))).toEqual([])
})

test('every type of external id is on the page of identity', () => {
  expect(firstCells(section('docs/identity.md', 'External ids')).sort()).toEqual([...BUILT_IN_TYPES.keys()].sort())
})

test('the rules on the page of identity are the defaults, and an example that is taken', () => {
  const [defaults, example] = [...section('docs/identity.md', 'Rules').matchAll(/```json\n(.*?)```/gs)].map(
    ([, json = '']) => JSON.parse(json),
  )
  expect(defaults).toEqual(DEFAULT_RULES)
  expect(checkIdentityRules(example)).toMatchObject({ ok: true })
})

test('every reason to refuse an id, and to leave an event out of profiles, is on the page of identity', () => {
  const reasons = [...read('src/unify/identity/refusals.ts').matchAll(/reason: '(\w+)'/g)].map(([, reason]) => reason)
  expect(reasons.length).toBeGreaterThan(0)
  expect(firstCells(section('docs/identity.md', 'Why an id is not on a profile')).sort()).toEqual(reasons.sort())
  const left = firstCells(section('docs/identity.md', 'Events that have no part in profiles'))
  expect(left.sort()).toEqual(Object.keys(SKIP_REASONS).sort())
})

test('the limits on the page of identity are those of the code', () => {
  const values = rowsOf(section('docs/identity.md', 'Limits')).map(([, value = '']) => value.split(/[. ]/)[0])
  const limits = [MAPPINGS_MAX, MERGES_MAX, TRAITS_MAX, TRAIT_NAME_CHARS_MAX, TRAIT_VALUE_BYTES_MAX]
  expect(values.slice(0, limits.length)).toEqual(limits.map((limit) => limit.toLocaleString('en')))
  expect(section('docs/identity.md', 'External ids')).toContain(`${EXTERNAL_IDS_MAX} entries are looked at`)
})

test('every error and limit on the page of the Profile API is that of the code', () => {
  const errors = rowsOf(section('docs/profile-api.md', 'Errors')).map(([code, status]) => [code, Number(status)])
  expect(Object.fromEntries(errors)).toEqual(PROFILE_STATUSES)
  const values = rowsOf(section('docs/profile-api.md', 'Limits')).map(([, value]) => value)
  const ofPage = ({ max, default: usual }: typeof LIST_LIMIT) => `${max}, by default ${usual}`
  expect(values).toEqual([
    `${REQUESTS_PER_SECOND}`,
    ofPage(TRAITS_LIMIT),
    ofPage(LIST_LIMIT),
    ofPage(LINKS_LIMIT),
    `${EVENTS_LOOKBACK_DAYS}`,
    `${RECENT_EVENTS_MAX}`,
    `${LINKS_MAX}`,
  ])
})

test('every dependency has a line, with its licence', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const { packages } = JSON.parse(read('package-lock.json'))
  const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).map(
    (name) => `${name} ${packages[`node_modules/${name}`].license}`,
  )
  const text = read('docs/dependencies.md')
  const rows = text.split(/^## /m).slice(1).flatMap(rowsOf)
  expect(rows.map(([name, licence]) => `${name} ${licence}`).sort()).toEqual(wanted.sort())
})

test('every decision is listed, and has its five parts', () => {
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((file) => /^\d{4}-/.test(file))
  const list = read('docs/decisions/README.md')
  for (const file of decisions) {
    expect(list, file).toContain(`](${file})`)
    const headings = [...read(`docs/decisions/${file}`).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings, file).toEqual(['Context', 'Decision', 'Consequences', 'Rejected', 'When to look again'])
  }
})

/** As GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const withoutCode = (text: string) => text.replace(/^```.*?^```/gms, '')

test('no link inside the repository is dead', () => {
  const dead: string[] = []
  for (const { file, text } of pages) {
    for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const to = path === '' ? file : relative(root, join(root, dirname(file), path))
      const isThere = existsSync(join(root, to))
      if (!isThere) dead.push(`${file}: ${target}`)
      if (!isThere || anchor === undefined) continue
      const anchors = [...withoutCode(read(to)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
      if (!anchors.includes(anchor)) dead.push(`${file}: ${target} (no such heading)`)
    }
  }
  expect(dead).toEqual([])
})

test('every file that a page names is there', () => {
  const missing: string[] = []
  for (const { file, text } of pages) {
    for (const [, path = ''] of text.matchAll(/`((?:src|e2e|bench|scripts|docs|bin)\/[\w./-]+)`/g)) {
      if (!existsSync(join(root, path))) missing.push(`${file}: ${path}`)
    }
    for (const [, path = ''] of text.matchAll(/^node ([\w./-]+\.ts)/gm)) {
      if (!existsSync(join(root, path))) missing.push(`${file}: node ${path}`)
    }
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) {
      if (!Object.hasOwn(scripts, script)) missing.push(`${file}: npm run ${script}`)
    }
  }
  expect(missing).toEqual([])
})

test('the table of roles gives each its rights beyond those of the one before', () => {
  const rows = ROLES.map((role, index) => {
    const before = ROLES[index - 1]
    const own = ROLE_RIGHTS[role].filter((right) => before === undefined || !ROLE_RIGHTS[before].includes(right))
    return [role, own.map((right) => `\`${right}\``).join(', ')]
  })
  expect(rowsOf(section('docs/accounts.md', 'Roles'))).toEqual(rows)
})
