import { expect, test } from 'vitest'
import { callText, reasonText } from './delivery-words.ts'

test('a refusal and a passing failure are told with their status', () => {
  expect(reasonText('rejected_422')).toContain('refused it with status 422')
  expect(reasonText('status_503')).toContain('answered 503')
})

test('a reason that nobody has words for is told as it is', () => {
  expect(reasonText('ECONNREFUSED')).toBe('The reason is ECONNREFUSED.')
})

test('a track is called by its event, any other call by its type', () => {
  expect(callText({ type: 'track', name: 'Order Completed' })).toBe('Order Completed')
  expect(callText({ type: 'page', name: 'Home' })).toBe('page Home')
  expect(callText({ type: 'identify', name: null })).toBe('identify')
})
