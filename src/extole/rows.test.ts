import { expect, test } from 'vitest'
import { rowPlanner } from './batch-rows.ts'
import { type FileFormat, inferFormat, RowsError, rowReader } from './rows.ts'

const read = (format: FileFormat, text: string) => {
  const reader = rowReader(format)
  return [...[...text].flatMap((char) => reader.push(char)), ...reader.end()].map(
    (row) => row && Object.fromEntries(row),
  )
}

test.each([
  { format: 'CSV', text: '\ufeffemail,vip,n\na@b.co,true,12\n' },
  { format: 'PSV', text: 'email|vip|n\r\na@b.co|true|12' },
  { format: 'JSONL', text: '{"email":"a@b.co","vip":true,"n":12}\n\n' },
  { format: 'JSON', text: '[{"email":"a@b.co","vip":true,"n":12}]' },
] as const)('$format rows come out typed', ({ format, text }) => {
  expect(read(format, text)).toEqual([{ email: 'a@b.co', vip: true, n: 12 }])
})

test('a cell becomes a number only where nothing is lost', () => {
  expect(read('CSV', 'a,b,c,d,e,f,partner_user_id\n1.5,007,1.0,1e5,12345678901234567890,-3,12\n')).toEqual([
    { a: 1.5, b: '007', c: '1.0', d: '1e5', e: '12345678901234567890', f: -3, partner_user_id: '12' },
  ])
})

test('a file of bare emails reads as if it had a header', () => {
  expect(read('CSV', 'a@b.co\nc@d.co\n')).toEqual([{ email: 'a@b.co' }, { email: 'c@d.co' }])
})

test('a row that is no object fails alone', () => {
  expect(read('JSONL', '{"a":1}\nnope\n[1]\n')).toEqual([{ a: 1 }, undefined, undefined])
})

test('a workbook cannot be read, and a JSON file must be an array', () => {
  expect(() => rowReader('XLSX')).toThrow(RowsError)
  expect(() => read('JSON', '{"a":1}')).toThrow(RowsError)
})

test.each([
  ['rows.csv', '', 'CSV'],
  ['rows.JSONL', 'x', 'JSONL'],
  ['rows', '[{"a":1}]', 'JSON'],
  ['rows', '{"a":1}\n', 'JSONL'],
  ['rows', 'a|b\n1,2', 'PSV'],
  ['rows', 'a,b', 'CSV'],
])('%s holding %j is %s', (name, start, format) => {
  expect(inferFormat(name, start)).toBe(format)
})

const plan = {
  eventName: undefined,
  defaultEventName: undefined,
  eventColumns: [],
  eventData: {},
  columns: [],
  zone: 'UTC',
}
const row = (cells: Record<string, unknown>) => new Map(Object.entries(cells))

test.each([
  {
    name: 'the job names the event',
    of: { eventName: 'a', defaultEventName: 'c' },
    cells: { event_name: 'b' },
    event: 'a',
  },
  { name: 'else the row does', of: { defaultEventName: 'c' }, cells: { event_name: 'b' }, event: 'b' },
  { name: 'else the default does', of: { defaultEventName: 'c' }, cells: { event_name: undefined }, event: 'c' },
  { name: 'else the row fails', of: {}, cells: {}, event: undefined },
])('$name', ({ of, cells, event }) => {
  expect(rowPlanner({ ...plan, ...of })(row(cells), 0)?.name).toBe(event)
})

test('only the listed columns travel, with the static data over them', () => {
  const planned = rowPlanner({
    ...plan,
    eventName: 'e',
    eventColumns: ['email', 'vip'],
    eventData: { vip: 'no', source: 'batch' },
  })
  expect(Object.fromEntries(planned(row({ email: 'a@b.co', vip: true, secret: 1 }), 0)?.data ?? [])).toEqual({
    email: 'a@b.co',
    vip: 'no',
    source: 'batch',
  })
})

test('the row says when, and a time that cannot be read fails it', () => {
  const planned = rowPlanner({ ...plan, eventName: 'e', zone: 'America/New_York' })
  expect([
    planned(row({ event_time: '2024-01-01T00:00:00' }), 7)?.eventMs,
    planned(row({}), 7)?.eventMs,
    planned(row({ event_time: 'x' }), 7),
  ]).toEqual([Date.parse('2024-01-01T05:00:00Z'), 7, undefined])
})

test.each([
  { policy: 'OPTIONAL', cells: {}, passes: true },
  { policy: 'REQUIRED_COLUMN', cells: {}, passes: false },
  { policy: 'REQUIRED_COLUMN', cells: { id_1: undefined }, passes: true },
  { policy: 'REQUIRED_VALUE', cells: { id_1: undefined }, passes: false },
  { policy: 'REQUIRED_VALUE', cells: { id_1: 'x' }, passes: true },
] as const)('$policy with $cells passes: $passes', ({ policy, cells, passes }) => {
  const rules = [
    { type: 'FULL_NAME_MATCH', name: 'id_1' },
    { type: 'PATTERN_NAME_MATCH', name: 'id_\\d' },
  ] as const
  const answers = rules.map(
    (rule) => rowPlanner({ ...plan, eventName: 'e', columns: [{ ...rule, policy }] })(row(cells), 0) !== undefined,
  )
  expect(answers).toEqual([passes, passes])
})
