import { expect, test } from 'vitest'
import { isExtoleEcho } from './loop-guard.ts'

const aCall = (context: unknown) => ({ type: 'track', event: 'purchased', context })

test.each([
  { name: "Extole's own source", sourceKind: 'extole', context: {}, isEcho: true },
  { name: 'the kind in other words', sourceKind: 'Extole Source', context: {}, isEcho: true },
  { name: 'the library', sourceKind: 'http', context: { library: { name: 'extole', version: '1' } }, isEcho: true },
  { name: 'the integration', sourceKind: 'http', context: { integration: { name: 'Extole' } }, isEcho: true },
  { name: 'a versioned name', sourceKind: 'http', context: { library: { name: 'extole/2.1' } }, isEcho: true },
  { name: 'an SDK', sourceKind: 'node', context: { library: { name: '@segment/analytics-node' } }, isEcho: false },
  { name: 'a name that only begins so', sourceKind: 'extolement', context: {}, isEcho: false },
  { name: 'a name that only holds it', sourceKind: 'not-extole', context: {}, isEcho: false },
  { name: 'a campaign', sourceKind: 'http', context: { campaign: { name: 'extole' } }, isEcho: false },
  { name: 'no context', sourceKind: 'http', context: undefined, isEcho: false },
  { name: 'a name that is no text', sourceKind: 'http', context: { library: { name: ['extole'] } }, isEcho: false },
  { name: 'a context that is no object', sourceKind: 'http', context: 'extole', isEcho: false },
])('$name: $isEcho', ({ context, sourceKind, isEcho }) => {
  expect(isExtoleEcho(aCall(context), {}, sourceKind)).toBe(isEcho)
  expect(isExtoleEcho(aCall(context), { ignoreExtoleSource: true }, sourceKind)).toBe(isEcho)
  expect(isExtoleEcho(aCall(context), { ignoreExtoleSource: false }, sourceKind)).toBe(false)
})
