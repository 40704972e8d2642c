/** Jobs of many identifies at a real sandbox: when they count, when their events go one by one, and when neither is known. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ExtoleSandbox, startExtoleSandbox } from '../../extole/index.ts'
import { systemClock, systemRandom } from '../../ports/index.ts'
import { type BatchAttempt, runBatch, runSettling } from '../batch.ts'
import { createHttpClient, findBuiltIn, type HttpClient, PORTS_DEFAULT, parseEgressAllow, presetsOf } from '../index.ts'

let sandbox: ExtoleSandbox
let http: HttpClient
const rejected = { kind: 'answered', status: 503 }

beforeEach(async () => {
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  sandbox = await startExtoleSandbox(options)
  const { allow } = parseEgressAllow([`127.0.0.1:${sandbox.port}`])
  http = createHttpClient({ clock: systemClock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
})
afterEach(async () => {
  await http.close()
  await sandbox.close()
})

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { authorization: `Bearer ${sandbox.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

const faults = (...rules: object[]) => call('POST', '/sandbox/faults', { rules })
const jobs = async () => (await call('GET', '/v6/batches')) as { id: string; status: string }[]

function extole() {
  const entry = findBuiltIn('extole-platform')
  const preset = entry && presetsOf(entry.definition).find(({ action }) => action === 'identify')
  if (entry === undefined || preset === undefined) throw new Error('the catalog has no identify of Extole')
  const { adminToken: apiKey, url: apiBaseUrl } = sandbox
  return { ...entry, ...preset, settings: { apiKey, adminApiKey: apiKey, apiBaseUrl, bulkThreshold: 2 } }
}

/** Two persons' identifies; what each came to. */
async function identifies(msMax = 20_000) {
  const { definition, action, mapping, settings } = extole()
  const items = ['a', 'b'].map((userId) => ({
    event: { type: 'identify', userId, messageId: `m-${userId}`, traits: { email: `${userId}@example.com` } },
    frozen: null,
  }))
  return endsOf(await runBatch({ definition, action, mapping, settings, items, http, msMax }))
}

function endsOf({ results }: BatchAttempt) {
  return results.map((each) => (each === 'alone' ? each : each.outcome))
}

async function settled(msMax = 20_000) {
  const { definition, settings, settling } = extole()
  if (settling === undefined) throw new Error('Extole has nothing to settle')
  return runSettling({ definition, settings, settling, http, msMax })
}

test.each([
  { name: 'took every row', status: 'DONE', success_rows: 2, failed_rows: 0, ends: { kind: 'answered', status: 204 } },
  { name: 'failed for one row', status: 'DONE', success_rows: 1, failed_rows: 1, ends: 'alone' },
  { name: 'took fewer rows than it was given', status: 'DONE', success_rows: 1, failed_rows: 0, ends: 'alone' },
  { name: 'failed', status: 'FAILED', success_rows: 1, failed_rows: 0, ends: 'alone' },
  { name: 'was cancelled by a person', status: 'CANCELED', success_rows: 2, failed_rows: 0, ends: 'alone' },
  { name: 'expired', status: 'EXPIRED', success_rows: 2, failed_rows: 0, ends: 'alone' },
])('a job that $name: $ends', async ({ name: _, ends, ...body }) => {
  await faults({ path: '/v6/batches/*', method: 'GET', status: 200, body: { id: '1', ...body } })
  const found = await identifies()
  if (ends === 'alone') expect(found).toEqual(['alone', 'alone'])
  else expect(found).toMatchObject([ends, ends])
})

test.each([
  {
    name: 'a name that is taken',
    rule: { path: '/v6/files', status: 400, body: { code: 'file_asset_duplicated_name' } },
  },
  { name: 'a key without the scope', rule: { path: '/v6/**', status: 403 } },
  { name: 'no answer to the file', rule: { path: '/v6/files', reset: 'after' } },
  { name: 'a job that is refused', rule: { path: '/v6/batches', method: 'POST', status: 400 } },
])('with $name no job was made, and the events go one by one', async ({ rule }) => {
  await faults(rule)
  expect(await identifies()).toEqual(['alone', 'alone'])
  await faults()
  expect(await jobs()).toEqual([])
})

test.each([
  { name: 'nothing', rule: { reset: 'before' } },
  { name: 'an error of its own', rule: { status: 500 } },
  { name: 'too many requests', rule: { status: 429 } },
])('looks at a job that are answered with $name are repeated, and the job counts', async ({ rule }) => {
  await faults({ path: '/v6/batches/*', method: 'GET', times: 2, ...rule })
  expect(await identifies()).toMatchObject([{ status: 204 }, { status: 204 }])
  expect(await jobs()).toHaveLength(1)
})

test.each([
  { name: 'whose making was not answered', rule: { path: '/v6/batches', method: 'POST', reset: 'after' } },
  { name: 'whose making failed', rule: { path: '/v6/batches', method: 'POST', status: 500 }, outcome: rejected },
  { name: 'that is not to be found', rule: { path: '/v6/batches/*', status: 404 }, outcome: rejected },
])('of a job $name nothing is known: its events neither count nor go', async ({ rule, outcome }) => {
  await faults(rule)
  const expected = outcome ?? { kind: 'ambiguous' }
  expect(await identifies()).toMatchObject([expected, expected])
})

test('a job that takes too long is left, and ended before anything else is sent', async () => {
  await call('PUT', '/sandbox/settings', { batch_delay_seconds: 60 })
  expect(await identifies(600)).toMatchObject(Array(2).fill({ kind: 'ambiguous', reason: 'ETIMEDOUT' }))
  expect(await jobs()).toMatchObject([{ status: 'PENDING' }])
  expect(await settled()).toBeNull()
  expect(await jobs()).toMatchObject([{ status: 'CANCELED' }])
})

test('what is not ours or has ended stays as it is, and a key that may not see jobs has made none', async () => {
  const { id } = (await upload()) as { id: string }
  await call('PUT', '/sandbox/settings', { batch_delay_seconds: 60 })
  await call('POST', '/v6/batches', { name: 'a person', data_source: { type: 'FILE_ASSET', file_asset_id: id } })
  expect(await settled()).toBeNull()
  expect(await jobs()).toMatchObject([{ status: 'PENDING' }])
  await faults({ path: '/v6/batches', status: 403 })
  expect(await settled()).toBeNull()
})

test.each([
  { name: 'an error', rule: { path: '/v6/batches', status: 500 }, outcome: rejected },
  { name: 'no list', rule: { path: '/v6/batches', status: 200, body: { oops: true } }, outcome: rejected },
  { name: 'nothing', rule: { path: '/v6/batches', reset: 'before' }, outcome: { kind: 'ambiguous' } },
])('while Extole answers the list of jobs with $name, nothing is known to have ended', async ({ rule, outcome }) => {
  await faults(rule)
  expect(await settled()).toMatchObject(outcome)
})

test('a job that will not be cancelled is looked at until the time is over', async () => {
  await call('PUT', '/sandbox/settings', { batch_delay_seconds: 60 })
  await identifies(600)
  await faults({ path: '/v6/batches/*/cancel', status: 500 })
  expect(await settled(900)).toEqual({ kind: 'ambiguous', reason: 'ETIMEDOUT' })
})

async function upload(): Promise<unknown> {
  const form = new FormData()
  form.set('file', new Blob(['email\na@example.com\n']), 'rows.csv')
  const headers = { authorization: `Bearer ${sandbox.adminToken}` }
  return (await fetch(`${sandbox.url}/v6/files`, { method: 'POST', headers, body: form })).json()
}
