import { expect, test } from 'vitest'
import { bytes } from './bytes.ts'

test.each([
  [0, '0 bytes'],
  [1_023, '1,023 bytes'],
  [1_024, '1 KB'],
  [1_536, '1.5 KB'],
  [64 * 1024 ** 3, '64 GB'],
  [1_125_899_906_842_624, '1 PB'],
])('%d bytes are written as %s', (value, text) => {
  expect(bytes(value)).toBe(text)
})
