/** One mistake in a command's arguments. `field` is a path such as `settings.apiKey`. Never holds the value. */
export interface FieldProblem {
  readonly field: string
  readonly message: string
  /** A rule that is larger or deeper than rules may be, or that goes round in a circle. */
  readonly isTooComplex?: true
}

/**
 * - `not_found`: the object does not exist.
 * - `invalid`: `fields` says what is wrong with the arguments.
 * - `forbidden`: the caller may not do that, whatever the arguments.
 * - `conflict`: the arguments are fine, but another object stands in the way.
 * - `stale`: the object is not what the caller has seen of it.
 */
export type WorkspaceErrorCode = 'not_found' | 'invalid' | 'forbidden' | 'conflict' | 'stale'

/** A command was refused and nothing was changed. */
export class WorkspaceError extends Error {
  override readonly name = 'WorkspaceError'
  readonly code: WorkspaceErrorCode
  /** Every mistake found; empty unless `code` is `invalid` or `conflict`. */
  readonly fields: readonly FieldProblem[]
  constructor(code: WorkspaceErrorCode, message: string, fields: readonly FieldProblem[] = []) {
    super(message)
    this.code = code
    this.fields = fields
  }
}

export const notFound = (what: string) => new WorkspaceError('not_found', `${what} does not exist`)

export const conflict = (field: string, message: string) =>
  new WorkspaceError('conflict', message, [{ field, message }])

/** @throws WorkspaceError `invalid` unless there are no problems */
export function refuseInvalid(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return
  throw new WorkspaceError('invalid', problems.map(({ field, message }) => `${field} ${message}`).join('; '), problems)
}
