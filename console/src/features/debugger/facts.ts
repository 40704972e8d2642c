/** An event as names and values that a person reads. Pure. */
import type { Line } from './lines.ts'

export type Fact = readonly [name: string, value: string]

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** The fields of an event that say who, what and when. */
const FIELDS = [
  ['type', 'Type'],
  ['event', 'Event'],
  ['name', 'Name'],
  ['category', 'Category'],
  ['userId', 'User ID'],
  ['anonymousId', 'Anonymous ID'],
  ['groupId', 'Group ID'],
  ['previousId', 'Previous ID'],
  ['messageId', 'Message ID'],
  ['timestamp', 'Happened'],
  ['receivedAt', 'Received'],
  ['_warnings', 'Repaired'],
] as const

export function factsOf({ record, position }: Line, source: string): readonly Fact[] {
  return [
    ...FIELDS.flatMap(([field, name]): Fact[] => (record[field] === undefined ? [] : [[name, asText(record[field])]])),
    ['Source', source],
    ['Position in the log', String(position)],
  ]
}

/** What an event contains, a part each; what is empty is left out. */
export function partsOf(
  record: Readonly<Record<string, unknown>>,
): readonly { label: string; facts: readonly Fact[] }[] {
  const parts = [
    ['Properties', record['properties']],
    ['Traits', record['traits']],
    ['Context', record['context']],
    ['Integrations', record['integrations']],
    ['Reasons', record['counts']],
    ['Samples', record['samples']],
  ] as const
  return parts.map(([label, value]) => ({ label, facts: flattened(value) })).filter(({ facts }) => facts.length > 0)
}

/** `page.title` for what is in another object; lists stay together. */
function flattened(value: unknown, path = ''): readonly Fact[] {
  const isNested = typeof value === 'object' && value !== null && (!Array.isArray(value) || path === '')
  if (!isNested) return path === '' ? [] : [[path, asText(value)]]
  return Object.entries(value).flatMap(([name, each]) => flattened(each, path === '' ? name : `${path}.${name}`))
}
