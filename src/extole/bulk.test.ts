import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Caller, startCaller } from './testing.ts'

function form(
  name: string,
  content: string | undefined,
  metadata: Record<string, unknown> = {},
  part = 'fileInputStreamRequest',
): FormData {
  const body = new FormData()
  body.append('fileAssetMetadata', new Blob([JSON.stringify({ name, ...metadata })], { type: 'application/json' }))
  if (content !== undefined) body.append(part, new Blob([content]), name)
  return body
}

async function upload(extole: Caller, name: string, content: string): Promise<string> {
  const { json, text } = await extole.call('POST', '/v6/files', form(name, content))
  if (json.id === undefined) throw new Error(text)
  return json.id
}

async function runBatch(extole: Caller, fileId: string, body: Record<string, unknown>) {
  const { json } = await extole.call('POST', '/v6/batches', {
    data_source: { type: 'FILE_ASSET', file_asset_id: fileId },
    ...body,
  })
  const done = await extole.until(`/v6/batches/${json.id}`, (reply) => ['DONE', 'FAILED'].includes(reply.json.status))
  return done.json
}

test('a file of many rows, larger than a piece, becomes one event a row, and the same file twice adds no conversion', async () => {
  await using extole = await startCaller()
  const rows = Array.from(
    { length: 5_000 },
    (_, n) => `"user ${n}, the ""${n}""",u${n}@x.co,c${n},${'é'.repeat(30)}\r\n`,
  )
  const file = await upload(extole, 'many.csv', `first_name,email,partner_conversion_id,note\r\n${rows.join('')}`)
  const first = await runBatch(extole, file, { event_name: 'conversion' })
  const second = await runBatch(extole, file, { event_name: 'conversion' })
  expect([first.success_rows, first.failed_rows, second.success_rows]).toEqual([5_000, 0, 5_000])
  expect((await extole.call('GET', '/sandbox/stats')).json).toMatchObject({
    events: 10_000,
    duplicates: 5_000,
    steps: 5_000,
    persons: 5_000,
  })
  const [person] = (await extole.call('GET', '/v5/persons?identity_key_value=u4999@x.co')).json
  expect((await extole.call('GET', `/v5/persons/${person.id}/data/first_name`)).json.value).toBe(
    'user 4999, the "4999"',
  )
})

test('blocked and unreadable rows are counted and stop nobody', async () => {
  await using extole = await startCaller({ conformance: true })
  const lines = ['{"email":"a@x.co"}', 'nope', '{"email":"b@blocked.example"}', '{"email":"c@x.co","event_time":"x"}']
  const batch = await runBatch(extole, await upload(extole, 'rows.jsonl', lines.join('\n')), { event_name: 'identify' })
  expect([batch.status, batch.success_rows, batch.failed_rows]).toEqual(['DONE', 1, 3])
})

test('a file that cannot be read fails the job with a reason', async () => {
  await using extole = await startCaller()
  const batch = await runBatch(extole, await upload(extole, 'rows.csv', 'email\n"a@x.co'), { event_name: 'identify' })
  expect(batch).toMatchObject({
    status: 'FAILED',
    error_code: 'batch_job_processing_error',
    error_message: expect.stringContaining('quote'),
  })
})

test('a batch that waits can be renamed and canceled, and only then deleted', async () => {
  await using extole = await startCaller()
  await extole.call('PUT', '/sandbox/settings', { batch_delay_seconds: 3_600 })
  const file = await upload(extole, 'rows.csv', 'email\na@x.co\n')
  const { json } = await extole.call('POST', '/v6/batches', {
    data_source: { type: 'FILE_ASSET', file_asset_id: file },
    event_name: 'identify',
  })
  const path = `/v6/batches/${json.id}`
  expect(json.status).toBe('PENDING')
  expect((await extole.call('DELETE', path)).json.code).toBe('batch_job_delete_not_allowed')
  expect((await extole.call('POST', `${path}/expire`)).json.code).toBe('batch_job_invalid_state_transition')
  expect((await extole.call('PUT', path, { name: 'later' })).json.name).toBe('later')
  expect((await extole.call('POST', `${path}/cancel`)).json.status).toBe('CANCELED')
  expect((await extole.call('PUT', path, { name: 'x' })).json.code).toBe('batch_job_invalid_state_transition')
  expect((await extole.call('DELETE', path)).status).toBe(200)
  expect((await extole.call('GET', path)).json.code).toBe('batch_job_not_found')
})

test.each([
  { body: {}, code: 'batch_job_data_source_empty' },
  { body: { data_source: { type: 'FILE_ASSET' } }, code: 'batch_job_data_source_file_asset_id_missing' },
  {
    body: { data_source: { type: 'FILE_ASSET', file_asset_id: '12' } },
    code: 'batch_job_data_source_file_asset_not_found',
  },
  {
    body: { data_source: { type: 'FILE_ASSET', file_asset_id: '12' }, event_name: ' ' },
    code: 'batch_job_event_name_invalid',
  },
  {
    body: { data_source: { type: 'FILE_ASSET', file_asset_id: '12' }, name: 'x'.repeat(256) },
    code: 'batch_job_name_invalid',
  },
  { body: { data_source: { type: 'FILE_ASSET', file_asset_id: '12' }, tags: [''] }, code: 'batch_job_tag_invalid' },
  {
    body: { data_source: { type: 'FILE_ASSET', file_asset_id: '12' }, scopes: ['BACKEND'] },
    code: 'batch_job_unauthorized_scopes',
  },
  {
    body: {
      data_source: { type: 'FILE_ASSET', file_asset_id: '12' },
      columns: [{ type: 'PATTERN_NAME_MATCH', name_pattern: '(' }],
    },
    code: 'invalid_parameter',
  },
])('a batch is refused with $code', async ({ body, code }) => {
  await using extole = await startCaller()
  expect((await extole.call('POST', '/v6/batches', body)).json.code).toBe(code)
})

test('files: either content name, a unique name, rows in spans of a thousand, gone when expired', async () => {
  await using extole = await startCaller()
  const made = await extole.call('POST', '/v6/files', form('a.psv', 'email|x\n1\n2\n3\n', { tags: ['t'] }, 'file'))
  expect(made.json).toMatchObject({ name: 'a.psv', format: 'PSV', status: 'AVAILABLE', tags: ['t'], size: 14 })
  const path = `/v6/files/${made.json.id}`
  expect((await extole.call('GET', `${path}/download?limit=2&offset=1`)).text).toBe('1\n2\n')
  expect((await extole.call('GET', `${path}/download?limit=1001`)).json.code).toBe('max_fetch_size_1000')
  expect((await extole.call('POST', '/v6/files', form('a.psv', 'x'))).json.code).toBe('file_asset_duplicated_name')
  expect((await extole.call('POST', '/v6/files', form('b.csv', undefined))).json.code).toBe(
    'file_asset_input_file_missing',
  )
  expect((await extole.call('POST', '/v6/files', form('b.csv', 'x', { tags: [''] }))).json.code).toBe(
    'file_asset_invalid_tags',
  )
  expect((await extole.call('POST', '/v6/files', { name: 'x' })).json.code).toBe('unsupported_media_type')
  expect((await extole.call('GET', '/v6/files?tags=t')).json).toHaveLength(1)
  expect((await extole.call('POST', `${path}/expire`)).json.status).toBe('EXPIRED')
  expect((await extole.call('GET', `${path}/download`)).json.code).toBe('file_asset_expired')
  expect((await extole.call('DELETE', path)).json.status).toBe('EXPIRED')
  expect((await extole.call('GET', path)).json.code).toBe('file_asset_not_found')
})

test('an audience is added to, replaced, and told an event', async () => {
  await using extole = await startCaller()
  const { json: audience } = await extole.call('POST', '/v1/audiences', { name: 'vip' })
  const path = `/v1/audiences/${audience.id}`
  const operate = async (body: Record<string, unknown>) => {
    const { json } = await extole.call('POST', `${path}/operations`, body)
    return (
      await extole.until(`${path}/operations/${json.id}/state`, (reply) =>
        ['READY', 'FAILED'].includes(reply.json.state),
      )
    ).json
  }
  const list = (...emails: string[]) => ({
    type: 'PERSON_LIST',
    audience_members: emails.map((email) => ({ email, data: { tier: 'gold' } })),
  })
  expect(await operate({ type: 'ADD', data_source: list('a@x.co', 'b@x.co') })).toMatchObject({
    state: 'READY',
    input_rows_count: 2,
    result: { member_count: 2 },
  })
  expect(await operate({ type: 'REPLACE', data_source: list('b@x.co', 'c@x.co') })).toMatchObject({
    result: { member_count: 2 },
  })
  expect((await extole.call('GET', `${path}/members?email=a@x.co`)).json).toEqual([])
  const [member] = (await extole.call('GET', `${path}/members?email=C@x.co`)).json
  expect((await extole.call('GET', `/v5/persons/${member.id}/data/tier`)).json).toMatchObject({
    value: 'gold',
    scope: 'PUBLIC',
  })
  await operate({ type: 'ACTION', data_source: { type: 'ACTION', event_name: 'conversion', event_columns: ['tier'] } })
  expect(await extole.steps(member.id)).toEqual(['conversion'])
  const file = await upload(extole, 'gone.csv', 'email\nb@x.co\n\nnot an email\n')
  expect(await operate({ type: 'REMOVE', data_source: { type: 'FILE_ASSET', file_asset_id: file } })).toMatchObject({
    result: { member_count: 1, anonymous_count: 1 },
  })
  expect((await extole.call('GET', `${path}/members/download.csv`)).text).toBe(`id,email\r\n${member.id},c@x.co\r\n`)
  expect((await extole.call('POST', `${path}/operations`, { type: 'ADD', data_source: list('nope') })).json.code).toBe(
    'invalid_identity_key_value',
  )
})

test('joining twice is one membership, and a device cannot join', async () => {
  await using extole = await startCaller()
  const { json: audience } = await extole.call('POST', '/v1/audiences', { name: 'vip' })
  const id = await extole.send('identify', { email: 'a@b.co' })
  const join = (person: string) =>
    extole.call('POST', `/v5/persons/${person}/memberships`, { audience_id: audience.id })
  expect((await join(id)).json).toEqual((await join(id)).json)
  expect((await join(await extole.send('ping', {}))).json.code).toBe('person_not_identified')
  expect((await extole.call('DELETE', `/v1/audiences/${audience.id}`)).status).toBe(200)
  expect((await extole.call('GET', '/v1/audiences')).json).toEqual([])
})

test('a batch that a restart cut short goes on where it was: each row once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'extole-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'sandbox.db')
  const rows = Array.from({ length: 4_000 }, (_, n) => `u${n}@x.co\n`)
  let path = ''
  {
    await using extole = await startCaller({ file })
    const id = await upload(extole, 'rows.csv', `email\n${rows.join('')}`)
    const { json } = await extole.call('POST', '/v6/batches', {
      data_source: { type: 'FILE_ASSET', file_asset_id: id },
      event_name: 'identify',
    })
    path = `/v6/batches/${json.id}`
    await extole.until(path, (reply) => reply.json.success_rows > 0)
  }
  await using again = await startCaller({ file })
  const done = await again.until(path, (reply) => reply.json.status === 'DONE')
  expect(done.json).toMatchObject({ success_rows: 4_000, failed_rows: 0 })
  expect((await again.call('GET', '/sandbox/stats')).json).toMatchObject({ events: 4_000, persons: 4_000 })
})
