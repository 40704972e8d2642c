import { expect, test } from 'vitest'
import { startCaller } from './testing.ts'

test('the page of a person shows parameters and steps as text, and says when nobody is there', async () => {
  await using extole = await startCaller()
  await extole.send('identify', { email: 'Ada@b.co', partner_user_id: 'u1', motto: '<b>bold</b>' })
  for (const who of ['partner_user_id=u1', 'email=ada@b.co', 'email=ADA@B.CO']) {
    const { status, text } = await extole.call('GET', `/sandbox/person?${who}`)
    expect([status, text.includes('&lt;b&gt;bold'), text.includes('<b>bold'), text.includes('identify')], who).toEqual([
      200,
      true,
      false,
      true,
    ])
  }
  expect((await extole.call('GET', '/sandbox/person?partner_user_id=<i>')).text).toContain('&lt;i&gt;')
  expect((await extole.call('GET', '/sandbox/person?partner_user_id=nobody')).status).toBe(404)
  expect((await extole.call('GET', '/sandbox/person?name=u1')).status).toBe(400)
})
