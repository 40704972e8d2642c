import { expect, test } from 'vitest'
import { type AddressText, addressText, seenInAddress, typed } from './address-text.ts'

type Step = { readonly type: string } | { readonly see: string }
const after = (...steps: Step[]): AddressText =>
  steps.reduce(
    (state, step) => ('type' in step ? typed(state, step.type) : seenInAddress(state, step.see)),
    addressText(''),
  )

test('an address that follows late puts back no old letters', () => {
  expect(after({ type: 'e' }, { type: 'ex' }, { see: 'e' }, { type: 'ext' }, { see: 'ex' }).text).toBe('ext')
})

test('an address that leaves letters out on its way is no other text', () => {
  const state = after({ type: 'e' }, { type: 'ex' }, { type: 'ext' }, { see: 'ext' })
  expect(state).toEqual({ text: 'ext', seen: 'ext', told: [] })
})

test('going back, or emptying it, puts the text of then into the field', () => {
  expect(after({ type: 'ext' }, { see: 'ext' }, { see: '' }).text).toBe('')
  expect(after({ see: 'webhook' }, { type: 'webhooks' }, { see: 'shop' }).text).toBe('shop')
})

test('what was typed before counts as typed no more', () => {
  expect(after({ type: 'e' }, { type: '' }, { type: 'x' }, { see: 'x' }, { see: 'e' }).text).toBe('e')
})
