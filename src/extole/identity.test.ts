import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidates, normalizeEmail, resolve } from './identity.ts'

const nobody: Candidates = {
  byId: undefined,
  email: undefined,
  byEmail: undefined,
  byPartner: [],
  byEventKey: undefined,
}
const identified = (id: string, email = `${id}@x.co`) => ({ id, email })
const device = (id: string) => ({ id, email: undefined })

test.each([
  { name: 'nothing known makes a new person', found: {}, expected: { personId: undefined } },
  {
    name: 'a new email with nothing else identifies a new person',
    found: { email: 'n@x.co' },
    expected: { personId: undefined, gainsEmail: 'n@x.co' },
  },
  {
    name: 'person_id overrides the email',
    found: { byId: identified('1'), email: '2@x.co', byEmail: identified('2') },
    expected: { personId: '1', gainsEmail: undefined },
  },
  {
    name: 'the email outranks the partner id',
    found: { email: '1@x.co', byEmail: identified('1'), byPartner: [identified('2')] },
    expected: { personId: '1', absorb: [] },
  },
  {
    name: 'a partner-only profile gains a new email',
    found: { email: 'n@x.co', byPartner: [device('2')] },
    expected: { personId: '2', gainsEmail: 'n@x.co' },
  },
  {
    name: 'a partner-only profile ends in the one that has the email',
    found: { email: '1@x.co', byEmail: identified('1'), byPartner: [device('2')] },
    expected: { personId: '1', absorb: ['2'] },
  },
  {
    name: 'a new email beside an identified partner id is another person',
    found: { email: 'n@x.co', byPartner: [identified('2')] },
    expected: { personId: undefined, gainsEmail: 'n@x.co', absorb: [] },
  },
  {
    name: 'an unidentified person_id gains the email',
    found: { byId: device('3'), email: 'n@x.co' },
    expected: { personId: '3', gainsEmail: 'n@x.co' },
  },
  {
    name: 'an unidentified person_id ends in the one that has the email',
    found: { byId: device('3'), email: '1@x.co', byEmail: identified('1') },
    expected: { personId: '1', absorb: ['3'] },
  },
  {
    name: 'an event key finds a person when nothing stronger does',
    found: { byEventKey: device('4') },
    expected: { personId: '4' },
  },
])('$name', ({ found, expected }) => {
  expect(resolve({ ...nobody, ...found })).toMatchObject(expected)
})

const anyKnown = fc.record({
  id: fc.constantFrom('1', '2', '3', '4'),
  email: fc.option(fc.constantFrom('a@x.co', 'b@x.co'), { nil: undefined }),
})
const anyCandidates: fc.Arbitrary<Candidates> = fc
  .record({
    byId: fc.option(anyKnown, { nil: undefined }),
    email: fc.option(fc.constantFrom('a@x.co', 'b@x.co'), { nil: undefined }),
    owner: fc.option(fc.constantFrom('1', '2', '3', '4'), { nil: undefined }),
    byPartner: fc.uniqueArray(anyKnown, { selector: (known) => known.id, maxLength: 3 }),
    byEventKey: fc.option(anyKnown, { nil: undefined }),
  })
  .map(({ owner, ...found }) => ({
    ...found,
    byEmail: found.email === undefined || owner === undefined ? undefined : { id: owner, email: found.email },
  }))

test('an identified profile is never absorbed, and nobody absorbs themselves', () => {
  fc.assert(
    fc.property(anyCandidates, (found) => {
      const { personId, absorb } = resolve(found)
      const all = [found.byId, ...found.byPartner, found.byEmail, found.byEventKey]
      for (const id of absorb) {
        expect(id).not.toBe(personId)
        expect(all.some((known) => known?.id === id && known.email === undefined)).toBe(true)
      }
    }),
  )
})

test('an email is gained only when it is free, and the email it brought is then the way back', () => {
  fc.assert(
    fc.property(anyCandidates, (found) => {
      const { personId, gainsEmail } = resolve(found)
      if (gainsEmail === undefined) return
      expect(gainsEmail).toBe(found.email)
      expect(found.byEmail === undefined || found.byEmail.id === personId).toBe(true)
    }),
  )
})

test.each([
  ['A.B@Example.COM ', 'a.b@example.com'],
  ['not an email', undefined],
  ['a@b', undefined],
  ['a@@b.co', undefined],
  ['a@b..co', undefined],
  ['', undefined],
  [`${'a'.repeat(251)}@b.co`, `${'a'.repeat(251)}@b.co`],
  [`${'a'.repeat(252)}@b.co`, undefined],
])('normalises %j', (text, expected) => {
  expect(normalizeEmail(text)).toBe(expected)
})
