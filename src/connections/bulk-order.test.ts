/** A bulk load whose end nobody saw must not be written over what its persons said since. P6, at a real sandbox. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ExtoleSandbox, startExtoleSandbox } from '../extole/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { aConfig, anEvent, anInstance, startPipeline } from './builders.ts'
import { encodeCommand } from './command.ts'

let sandbox: ExtoleSandbox
/** Seconds that a job waits before its first row. */
const DELAY = 2

beforeEach(async () => {
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  sandbox = await startExtoleSandbox(options)
  await call('PUT', '/sandbox/settings', { batch_delay_seconds: DELAY })
})
afterEach(() => sandbox.close())

async function call(method: string, path: string, body?: object) {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { authorization: `Bearer ${sandbox.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as never
}

const jobs = () => call('GET', '/v6/batches') as Promise<{ status: string }[]>

function config() {
  const { adminToken: apiKey, url: apiBaseUrl } = sandbox
  return aConfig(anInstance({ settings: { apiKey, adminApiKey: apiKey, apiBaseUrl, bulkThreshold: 2 } }))
}

const plan = (userId: string, plan: string) =>
  anEvent({ type: 'identify', messageId: `${userId} ${plan}`, userId, traits: { plan } } as Partial<NormalisedEvent> &
    Record<string, unknown>)

async function planOf(userId: string): Promise<unknown> {
  const [person] = (await call('GET', `/v5/persons?person_keys=partner_user_id:${userId}`)) as { id: string }[]
  const data = await call('GET', `/v5/persons/${person?.id}/data`)
  return Object.values(data as Record<string, { name: string; value: unknown }>).find(({ name }) => name === 'plan')
    ?.value
}

/** Also after the time at which the job would have begun. */
async function expectCancelled() {
  await new Promise((resolve) => setTimeout(resolve, (DELAY + 0.5) * 1_000))
  expect(await jobs()).toMatchObject([{ status: 'CANCELED' }])
}

test('a job whose making was not answered is ended before its events go one by one', async () => {
  await call('POST', '/sandbox/faults', { rules: [{ path: '/v6/batches', method: 'POST', reset: 'after', times: 1 }] })
  await using running = await startPipeline(config())
  await running.send(plan('a', 'old'), plan('b', 'old'), plan('a', 'new'))
  await running.drained()
  await expectCancelled()
  expect([await planOf('a'), await planOf('b')]).toEqual(['new', 'old'])
})

test('a job that a killed process left is ended before anything is sent, and nobody who was forgotten comes back', async () => {
  const csv = 'partner_user_id,plan\na,old\nforgotten,old\n'
  const form = new FormData()
  form.set('file', new Blob([csv]), 'rows.csv')
  const headers = { authorization: `Bearer ${sandbox.adminToken}` }
  const file = await fetch(`${sandbox.url}/v6/files`, { method: 'POST', headers, body: form })
  const { id: file_asset_id } = (await file.json()) as { id: string }
  await call('POST', '/v6/batches', {
    name: 'grapevine0123456789abcdef',
    event_name: 'identify',
    data_source: { type: 'FILE_ASSET', file_asset_id },
    event_columns: ['partner_user_id', 'plan'],
  })
  await using running = await startPipeline(config())
  const erase = encodeCommand({
    command: 'erase',
    regulationId: 'reg_1',
    regulationType: 'DELETE_ONLY',
    userId: 'forgotten',
    requestedAtMs: systemClock.nowMs(),
  })
  await running.log.append([{ kind: 'command', sourceId: '', body: erase }])
  await running.send(plan('a', 'new'))
  await running.drained()
  await expectCancelled()
  expect([await planOf('a'), await planOf('forgotten')]).toEqual(['new', undefined])
})
