/** The only source of chance. Seeded in tests, the operating system's in production. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** `count` unpredictable bytes, for keys and tokens. */
  bytes(count: number): Buffer
}
