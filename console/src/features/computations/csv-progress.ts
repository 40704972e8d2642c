/** How far a file of rows has come that arrives in pieces. Pure. */

export interface Received {
  readonly pieces: readonly string[]
  /** Lines that are whole, the head not counted. */
  readonly rows: number
}

export const NOTHING_RECEIVED: Received = { pieces: [], rows: 0 }

/** Texts within a row may have line ends too: so it is about so many rows. */
export function received({ pieces, rows }: Received, piece: string): Received {
  const lines = piece.split('\r\n').length - 1
  const isHead = pieces.length === 0 && lines > 0
  return { pieces: [...pieces, piece], rows: rows + lines - (isHead ? 1 : 0) }
}

/** @returns milliseconds that are left; undefined while nobody knows */
export function leftMs(done: number, total: number, tookMs: number): number | undefined {
  if (done === 0 || tookMs <= 0) return undefined
  return (Math.max(0, total - done) * tookMs) / done
}
