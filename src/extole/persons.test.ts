import { expect, test } from 'vitest'
import { DATA_NAME_MAX, DATA_VALUE_MAX } from './http/data-routes.ts'
import { startCaller } from './testing.ts'

test('data keeps its JSON type, its scope and its dates through every change', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'a@b.co', list: [1, { a: null }], no: false, none: null })
  const data = `/v5/persons/${id}/data`
  const { json } = await extole.call('GET', data)
  expect([json.list.value, json.no.value, json.none.value, json.email.scope]).toEqual([
    [1, { a: null }],
    false,
    null,
    'PRIVATE',
  ])
  const made = await extole.call('POST', data, { name: 'tier', value: 'gold', scope: 'CLIENT' })
  const changed = await extole.call('PUT', `${data}/tier`, { value: { level: 2 } })
  expect(changed.json).toMatchObject({
    id: made.json.id,
    scope: 'CLIENT',
    value: { level: 2 },
    created_date: made.json.created_date,
  })
  expect((await extole.call('DELETE', `${data}/tier`)).json.value).toEqual({ level: 2 })
  expect((await extole.call('GET', `${data}/tier`)).json.code).toBe('data_not_found')
})

test('an event never makes a value the brand keeps to itself world-readable', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'a@b.co' })
  await extole.call('POST', `/v5/persons/${id}/data`, { name: 'risk', value: 1, scope: 'CLIENT' })
  await extole.send('identify', { email: 'a@b.co', risk: 2 })
  expect((await extole.call('GET', `/v5/persons/${id}/data/risk`)).json).toMatchObject({ value: 2, scope: 'CLIENT' })
})

test.each([
  { body: { name: '', value: 1 }, code: 'invalid_name' },
  { body: { name: 'x' }, code: 'invalid_value' },
  { body: { name: 'email', value: 'x@y.co' }, code: 'read_only_name' },
  { body: { name: 'x', value: 1, scope: 'WORLD' }, code: 'invalid_parameter' },
  { body: { name: 'x'.repeat(DATA_NAME_MAX + 1), value: 1 }, code: 'data_name_length_out_of_range' },
  { body: { name: 'x', value: 'x'.repeat(DATA_VALUE_MAX - 1) }, code: 'data_value_length_out_of_range' },
  { body: { name: 'x'.repeat(DATA_NAME_MAX), value: 'x'.repeat(DATA_VALUE_MAX - 2) }, code: undefined },
])('creating data answers $code', async ({ body, code }) => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'a@b.co' })
  expect((await extole.call('POST', `/v5/persons/${id}/data`, body)).json.code).toBe(code)
})

test('a person is found by any email case, by partner keys, and by all criteria at once', async () => {
  await using extole = await startCaller()
  const id = await extole.send('conversion', { email: 'Ann@B.co', partner_user_id: 'u:1', partner_conversion_id: 'c1' })
  const found = async (query: string) =>
    (await extole.call('GET', `/v5/persons?${query}`)).json.map((person: { id: string }) => person.id)
  expect(await found('identity_key_value=aNN@b.CO')).toEqual([id])
  expect(await found('person_keys=partner_user_id:u:1&person_keys=partner_conversion_id:c1')).toEqual([id])
  expect(await found('person_keys=partner_user_id:u:1&identity_key_value=x@y.co')).toEqual([])
  expect(await found('')).toEqual([])
  expect((await extole.call('GET', '/v5/persons?person_keys=nope')).json.code).toBe('value_does_not_follow_pattern')
  expect((await extole.call('GET', '/v5/persons?identity_key_value=a&limit=0')).json.code).toBe('invalid_limit')
})

test('a changed identity is found by its new value only, and the change is in the history', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'old@b.co' })
  const other = await extole.send('identify', { email: 'other@b.co' })
  expect((await extole.call('PUT', `/v5/persons/${id}`, { identity_key_value: 'other@b.co' })).json.code).toBe(
    'identity_key_value_already_taken',
  )
  expect(
    (await extole.call('PUT', `/v5/persons/${id}`, { identity_key_value: 'New@b.co' })).json.identity_key_value,
  ).toBe('new@b.co')
  expect((await extole.call('GET', '/v5/persons?identity_key_value=old@b.co')).json).toEqual([])
  const history = await extole.call('GET', `/v5/persons/${id}/identity-history`)
  expect(history.json).toMatchObject([
    { type: 'IDENTITY_SHIFT', identity_shape_shift_type: 'IDENTITY_WITH_KEY', old_identity_key_value: 'old@b.co' },
  ])
  expect(other).not.toBe(id)
})

test('forwarding needs two identified profiles', async () => {
  await using extole = await startCaller()
  const device = await extole.send('ping', {})
  const known = await extole.send('identify', { email: 'a@b.co' })
  const code = async (from: string, to: string) =>
    (await extole.call('POST', `/v5/persons/${from}/forward`, { forward_to_profile_id: to })).json.code
  expect([await code(device, known), await code(known, device), await code(known, '1')]).toEqual([
    'forwarding_profile_is_device',
    'forward_to_profile_is_device',
    'person_not_found',
  ])
})

test('a blocked person is answered as ever and makes no good step', async () => {
  await using extole = await startCaller()
  const id = await extole.send('identify', { email: 'a@b.co' })
  await extole.call('PUT', `/v5/persons/${id}/block`, { type: 'EVENTS', reason: 'fraud' })
  expect(await extole.send('conversion', { email: 'a@b.co' })).toBe(id)
  expect((await extole.call('GET', `/v5/persons/${id}/steps?names=conversion`)).json[0].quality).toBe('LOW')
})

test('a share code ties friend and advocate together', async () => {
  await using extole = await startCaller()
  const advocate = await extole.send('identify', { email: 'ann@b.co' })
  const share = await extole.call('POST', `/v5/persons/${advocate}/shareables`, { code: 'ann1', label: 'refer' })
  expect(share.json).toMatchObject({ code: 'ann1', label: 'refer', link: expect.stringContaining('ann1') })
  expect((await extole.call('POST', `/v5/persons/${advocate}/shareables`, { code: 'ann1' })).json.code).toBe(
    'code_already_taken',
  )
  const friend = await extole.send('conversion', { email: 'bob@b.co', advocate_code: 'ann1' })
  await extole.send('conversion', { email: 'ann@b.co', advocate_code: 'ann1' })
  const roles = async (id: string) =>
    (await extole.call('GET', `/v5/persons/${id}/relationships`)).json.map(
      (one: { my_role: string; other_person_id: string }) => [one.my_role, one.other_person_id],
    )
  expect([await roles(friend), await roles(advocate)]).toEqual([[['FRIEND', advocate]], [['ADVOCATE', friend]]])
  await extole.call('POST', '/v4/erasures', { email: 'bob@b.co' })
  expect(await roles(advocate)).toEqual([])
})

test('an erasure leaves nothing to find, by anything, and a repeat of the event counts as new', async () => {
  await using extole = await startCaller()
  const one = await extole.send('registration', { email: 'a@b.co', partner_user_id: 'u1', first_name: 'Ann' })
  const two = await extole.send('conversion', { email: 'b@b.co', partner_user_id: 'u1', partner_conversion_id: 'c1' })
  const answer = await extole.call('POST', '/v4/erasures', { partner_user_id: 'u1', note: 'req 7' })
  expect(answer.json).toMatchObject({ status: 'COMPLETED', note: 'req 7' })
  for (const query of [
    'identity_key_value=a@b.co',
    'identity_key_value=b@b.co',
    'person_keys=partner_user_id:u1',
    'person_keys=partner_conversion_id:c1',
  ]) {
    expect((await extole.call('GET', `/v5/persons?${query}`)).json).toEqual([])
  }
  for (const id of [one, two])
    expect((await extole.call('GET', `/v5/persons/${id}/data`)).json.code).toBe('person_not_found')
  expect((await extole.call('GET', '/sandbox/stats')).json).toMatchObject({ steps: 0, persons: 0, erased: 2 })
  const again = await extole.send('registration', { email: 'a@b.co', partner_user_id: 'u1' })
  expect([again === one, await extole.steps(again)]).toEqual([false, ['registration']])
})

test('erasing somebody unknown succeeds, so that a delete can be repeated', async () => {
  await using extole = await startCaller()
  expect((await extole.call('POST', '/v4/erasures', { email: 'nobody@b.co' })).json.status).toBe('COMPLETED')
})

test('an erasure reaches a profile through one that was forwarded to it', async () => {
  await using extole = await startCaller()
  const source = await extole.send('identify', { email: 'src@b.co' })
  const target = await extole.send('identify', { email: 'dst@b.co' })
  await extole.call('POST', `/v5/persons/${source}/forward`, { forward_to_profile_id: target })
  await extole.call('POST', '/v4/erasures', { email: 'src@b.co' })
  for (const id of [source, target])
    expect((await extole.call('GET', `/v5/persons/${id}`)).json.code).toBe('person_not_found')
})

test('a delayed erasure is answered at once and done later', async () => {
  await using extole = await startCaller()
  await extole.call('PUT', '/sandbox/settings', { erasure_delay_seconds: 0.1 })
  const id = await extole.send('identify', { email: 'a@b.co' })
  expect((await extole.call('POST', '/v4/erasures', { email: 'a@b.co' })).json.status).toBe('COMPLETED')
  expect((await extole.call('GET', `/v5/persons/${id}`)).status).toBe(200)
  await extole.until(`/v5/persons/${id}`, (reply) => reply.json.code === 'person_not_found')
})
