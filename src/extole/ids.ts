import type { Clock, Random } from '../ports/index.ts'

const LARGEST = 2n ** 63n - 1n

/** True for text that can be an Extole id: a positive decimal that fits 63 bits, without leading zeros. */
export function isId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= LARGEST
}

/**
 * Makes ids the way Extole's look: epoch seconds in the high 32 bits (extole contract 2), 64-bit decimals carried as text.
 * Always growing, also when the clock steps back and across a restart (`lastUsed`), so ids sort by age.
 */
export function idMaker(clock: Clock, random: Random, lastUsed = '0'): () => string {
  let last = BigInt(lastUsed)
  let second = -1
  return () => {
    const now = Math.floor(clock.nowMs() / 1000)
    if (now !== second) {
      second = now
      const fresh = (BigInt(now) << 32n) + BigInt(Math.floor(random.next() * 2 ** 30))
      if (fresh > last) last = fresh
    }
    last += 1n
    return last.toString()
  }
}
