/** What is given in the path and in the query of a route, as OpenAPI writes it. */
import { envelopeOf } from './envelopes.ts'
import { LIST_MAX } from './lists.ts'
import { KEY_CHARS_MAX, takesKey } from './once.ts'
import { THINGS } from './preconditions.ts'

/** Of a part of a path, by the part before it. */
const IN_PATH: Readonly<Record<string, string>> = {
  sources: 'Id of the source.',
  writekey: 'The write key.',
  labels: 'Key of the label.',
  '{key}': 'Value of the label.',
  'catalog/sources': 'Id or slug of the kind of source.',
  'catalog/destinations': 'Id or slug of the entry.',
  destinations: 'Id of the destination.',
  destination: 'Id of the destination.',
  subscriptions: 'Id of the mapping.',
  filters: 'Id of the filter.',
  users: 'Id of the person.',
  groups: 'Id of the group.',
  group: 'Id of the group.',
  backups: 'Name of the backup.',
  regulations: 'Id of the regulation.',
  ledger: 'Id of the delivery, as the ledger has it.',
  explain: 'The `messageId` that the event was sent with.',
  replays: 'Id of the replay.',
  tokens: 'Id of the token.',
  spaces: 'Id of the space.',
  '{space}': '`audiences` or `computed-traits`.',
  '{collection}': 'Id of the audience or computed trait.',
  events: 'Name of the event.',
  properties: 'Name of the property.',
  traits: 'Name of the trait.',
  profiles: 'Who it is: `type:value`, e.g. `email:a@example.com`, or `use_…`.',
  'destination-connections': 'Id of the destination.',
  syncs: 'Id of the run.',
  audiences: 'Id of the audience.',
  activations: 'Id of the activation.',
  previews: 'Id of the preview.',
  audienceType: '`USERS` or `ACCOUNTS`.',
}

/** @param path with its parameters in braces */
export function inPath(path: string) {
  const parts = path.split('/')
  return parts.flatMap((part, index) => {
    if (!part.startsWith('{')) return []
    const before = parts[index - 1] ?? ''
    const description = IN_PATH[`${parts[index - 2]}/${before}`] ?? IN_PATH[before]
    return [{ name: part.slice(1, -1), in: 'path', required: true, description, schema: { type: 'string' } }]
  })
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly required?: readonly string[]
}

/** Of the query, by name, where the schema does not say it. */
const IN_QUERY: Readonly<Record<string, string>> = {
  status: 'How far they are to be.',
  'pagination.count': 'How many a page has.',
  'pagination.cursor': '`pagination.next` of the page before.',
}

export function inQuery(querystring: unknown) {
  const { properties = {}, required = [] } = (querystring ?? {}) as QuerySchema
  return Object.entries(properties).map(([name, { description = IN_QUERY[name], ...schema }]) => {
    return { name, in: 'query', required: required.includes(name), description, schema }
  })
}

/** @param lists what each is, by name */
export function listsInQuery(lists: Readonly<Record<string, string>> = {}) {
  const schema = { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: LIST_MAX }
  return Object.entries(lists).map(([name, description]) => ({
    name,
    in: 'query',
    required: true,
    description,
    schema,
  }))
}

const TAG = { schema: { type: 'string' } }

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A word for this request: sent again with it, nothing is done again and the first answer is given.',
  schema: { type: 'string', minLength: 1, maxLength: KEY_CHARS_MAX, pattern: '^[\\x21-\\x7e]+$' },
}

/** @param url as the route declares it */
export function inHeader(method: string, url: string) {
  if (takesKey(method, url)) return [IDEMPOTENCY_KEY]
  if (!THINGS.has(url) || method === 'GET') return []
  const description = 'The `ETag` of what is changed, as it was read, or `*`: 412 when it is another by now.'
  return [{ name: 'If-Match', in: 'header', required: envelopeOf(method, url) === 'own', description, ...TAG }]
}

/** Of a success. */
export function headersOf(method: string, url: string) {
  const isTagged = THINGS.has(url) && method === 'GET'
  return isTagged ? { headers: { ETag: { description: 'Which state of it this is, for `If-Match`.', ...TAG } } } : {}
}
