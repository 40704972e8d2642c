/**
 * What Extole's OpenAPI description says of the objects that the sandbox answers with, as facts: the names of their
 * fields, their types, and the words of closed lists. Left out is what `extole.md` 0 says is unreliable there: which
 * fields are required, types of `value`, and `identity_key`, which is drawn as an object and is a text on the wire.
 */
type Fact =
  | 'text'
  | 'number'
  | 'boolean'
  | 'any'
  /** RFC 3339 with an offset. */
  | 'time'
  | { readonly oneOf: readonly string[] }
  | { readonly listOf: Fact }
  | { readonly mapOf: Shape }
  | { readonly object: Shape }

export type Shape = Readonly<Record<string, Fact>>

const scope: Fact = { oneOf: ['PUBLIC', 'PRIVATE', 'CLIENT'] }
const text: Fact = 'text'
const time: Fact = 'time'

export const ERROR: Shape = {
  unique_id: text,
  http_status_code: 'number',
  code: text,
  message: text,
  parameters: 'any',
}
export const EVENT: Shape = { event_id: text, person_id: text }
export const ASYNC_EVENT: Shape = { event_id: text }
export const TOKEN: Shape = {
  access_token: text,
  client_id: text,
  identity_id: text,
  person_id: text,
  expires_in: 'number',
  scopes: { listOf: text },
  type: { oneOf: ['USER', 'MANAGED', 'RESOURCE'] },
}
/** The id is only in a guide's sample. `extole.md` 8.1. */
export const ERASURE: Shape = { id: text, created_date: time, note: text, status: { oneOf: ['COMPLETED', 'FAILED'] } }
export const PERSON: Shape = {
  id: text,
  identity_id: text,
  identity_key: text,
  identity_key_value: text,
  locale: { object: { last_browser: text, user_specified: text } },
  version: text,
}
export const DATUM: Shape = { id: text, name: text, scope, value: 'any', created_date: time, updated_date: time }
export const STEP: Shape = {
  id: text,
  name: text,
  event_id: text,
  cause_event_id: text,
  root_event_id: text,
  event_date: time,
  created_date: time,
  updated_date: time,
  quality: { oneOf: ['HIGH', 'LOW', 'NONE'] },
  scope,
  container: text,
  is_primary: 'boolean',
  program: text,
  campaign_id: text,
  journey_name: text,
  journey_key: { object: { name: text, value: text } },
  data: { mapOf: { name: text, scope, value: 'any' } },
}
export const BLOCK: Shape = { reason: text, type: { oneOf: ['EVENTS', 'NONE', 'REWARDS'] }, updated_date: time }
export const MEMBERSHIP: Shape = { audience_id: text, audience_name: text, created_date: time, updated_date: time }
export const RELATIONSHIP: Shape = {
  id: text,
  my_role: { oneOf: ['ADVOCATE', 'FRIEND'] },
  other_person_id: text,
  other_person: { object: { id: text, identity_key: text, identity_key_value: text } },
  campaign_id: text,
  program: text,
  container: text,
  cause_event_id: text,
  root_event_id: text,
  created_date: time,
  updated_date: time,
  data: { mapOf: { name: text, value: 'any' } },
}
export const SHAREABLE: Shape = {
  code: text,
  key: text,
  label: text,
  link: text,
  content: { object: { title: text, description: text, image_url: text, partner_content_id: text, url: text } },
  data: { mapOf: { name: text, value: 'any' } },
  created_date: time,
  updated_date: time,
}
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)(\[.+\])?$/

/** Where a value differs from a shape: paths and what is there. A field that is missing or null differs nowhere. */
export function differences(shape: Shape, value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`]
  return Object.entries(value).flatMap(([name, each]) => {
    const path = `${at}.${name}`
    const fact = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (fact === undefined) return [`${path} is not a field there`]
    return each === null ? [] : unlike(fact, each, path)
  })
}

function unlike(fact: Fact, value: unknown, path: string): string[] {
  const not = (isRight: boolean) => (isRight ? [] : [`${path} is ${JSON.stringify(value)}`])
  switch (fact) {
    case 'any':
      return []
    case 'text':
      return not(typeof value === 'string')
    case 'number':
      return not(typeof value === 'number')
    case 'boolean':
      return not(typeof value === 'boolean')
    case 'time':
      return not(typeof value === 'string' && TIME.test(value))
    default:
      break
  }
  if ('oneOf' in fact) return not(typeof value === 'string' && fact.oneOf.includes(value))
  if ('object' in fact) return differences(fact.object, value, path)
  if ('mapOf' in fact) {
    return Object.entries(Object(value)).flatMap(([name, each]) => differences(fact.mapOf, each, `${path}.${name}`))
  }
  if (!Array.isArray(value)) return not(false)
  return value.flatMap((each, index) => unlike(fact.listOf, each, `${path}[${index}]`))
}
