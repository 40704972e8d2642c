/** What is wrong with a definition, for the person who wrote it. */
export class DefinitionProblem extends Error {
  override readonly name = 'DefinitionProblem'
  /** Characters before the place, from 0. */
  readonly offset: number
  /** It is larger or deeper than a definition may be. */
  readonly isTooComplex: boolean

  /** @param message one sentence: what is wrong and what to do */
  constructor(offset: number, message: string, isTooComplex = false) {
    super(message)
    this.offset = offset
    this.isTooComplex = isTooComplex
  }
}

/** Line and column from 1, for people. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
