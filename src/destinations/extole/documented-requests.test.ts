/** The requests on the page for people are those that are made. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBuiltIn, matches, presetsOf, preview } from '../index.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/extole.md'), 'utf8')
/** The event requests on the page, in order: the path and the body. */
const documented = [...page.matchAll(/```json\nPOST (\/v6\/\S+)\n([^`]+)```/g)].map(([, path, body]) => [path, body])

const timestamp = '2026-03-01T12:00:00.000Z'
const traits = { email: 'john@example.com', firstName: 'John', age: 25, existingCustomer: true }
const properties = { partner_conversion_id: 'p1', cart_value: '99.99' }

test.each([
  { name: 'identify', at: 0, event: { type: 'identify', userId: 'userId123', timestamp, traits }, over: {} },
  {
    name: 'track',
    at: 1,
    event: { type: 'track', event: 'Order Completed', userId: 'userId123', timestamp, properties },
    over: { eventNames: { 'Order Completed': 'conversion' } },
  },
])('the $name call on the page becomes the request on the page', async ({ at, event, over }) => {
  const entry = findBuiltIn('extole-platform')
  const preset = entry && presetsOf(entry.definition).find(({ trigger }) => matches(trigger, event))
  if (entry === undefined || preset === undefined) throw new Error('nothing takes this event')
  const { action, mapping } = preset
  const settings = { apiKey: 'k', container: 'test', ...over }
  const { request } = await preview({ definition: entry.definition, action, mapping, settings, event })
  const [path, body] = documented[at] ?? []
  expect(request).toMatchObject({ method: 'POST', url: `https://api.extole.io${path}` })
  expect(request?.headers).toMatchObject({ 'x-extole-container': 'test', 'content-type': 'application/json' })
  // The order of the fields is that on the page too.
  expect(request?.body).toBe(JSON.stringify(JSON.parse(body ?? '')))
})
