/** What went wrong, as it is answered. `envelopes.ts` has the forms. */
export interface ApiProblem {
  readonly type: string
  readonly message: string
  readonly field?: string
  /** What a program needs to go on, e.g. when to ask again. */
  readonly data?: object
}

/** Told of one request. */
const PROBLEMS_MAX = 20
/** Of the name of a field that is told. */
const FIELD_CHARS_MAX = 255

/** Thrown by a route; becomes the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly problems: readonly ApiProblem[]
  /** For `Retry-After`. */
  readonly retryAfterSeconds: number | undefined
  constructor(status: number, problems: readonly ApiProblem[], retryAfterSeconds?: number) {
    super(problems.map((problem) => problem.message).join('; '))
    this.status = status
    this.problems = problems
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const invalid = (field: string, message: string): ApiError =>
  new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])

export interface Answer {
  readonly status: number
  readonly problems: readonly ApiProblem[]
  readonly isUnexpected: boolean
  readonly retryAfterSeconds?: number | undefined
}

/** Seconds after which somebody whose password could not be checked now may try again. */
const PASSWORDS_BUSY_SECONDS = 5

/** What a thrown error is answered with. Anything unexpected says nothing about itself. */
export function answerTo(error: unknown): Answer {
  if (error instanceof ApiError) {
    const { status, problems, retryAfterSeconds } = error
    return { status, problems, retryAfterSeconds, isUnexpected: false }
  }
  const { name, code, message, fields, validation, validationContext, statusCode } = Object(error)
  if (name === 'WorkspaceError') {
    const status = { not_found: 404, invalid: 422, forbidden: 403, conflict: 409, stale: 412 }[code as string] ?? 500
    const named: ApiProblem[] = (fields ?? []).map(
      (field: { field: string; message: string; isTooComplex?: true }) => ({
        type: status === 409 ? 'conflict' : field.isTooComplex === true ? 'rule-too-complex' : 'input-validation',
        field: field.field,
        message: `${field.field} ${field.message}`,
      }),
    )
    const problems = named.length > 0 ? named : [{ type: code.replace('_', '-'), message }]
    return { status, problems, isUnexpected: false }
  }
  // No database keeps such a text, so it names nothing that is there either.
  if (name === 'ValueError') {
    return { status: 422, problems: [{ type: 'input-validation', message: `${message}.` }], isUnexpected: false }
  }
  if (name === 'PasswordsBusy') {
    const text = 'Many sign in at this moment: try again in a few seconds.'
    const problems = [{ type: 'overloaded', message: text }]
    return { status: 503, problems, isUnexpected: false, retryAfterSeconds: PASSWORDS_BUSY_SECONDS }
  }
  if (name === 'ReplayConflict') {
    const text = `The replay ${message} of this destination is running. Wait for its end or cancel it.`
    return { status: 409, problems: [{ type: 'conflict', message: text }], isUnexpected: false }
  }
  if (Array.isArray(validation)) {
    // Of a body with 100,000 unknown keys the first few say enough.
    const problems = validation.slice(0, PROBLEMS_MAX).map((each: SchemaProblem) => {
      const { allowedValues, additionalProperty } = Object(each.params)
      const path = each.instancePath.split('/').slice(1)
      const field = [...path, ...(typeof additionalProperty === 'string' ? [additionalProperty] : [])]
        .join('.')
        .slice(0, FIELD_CHARS_MAX)
        .toWellFormed()
      if (typeof additionalProperty === 'string')
        return { type: 'input-validation', field, message: `${field} is not known here` }
      const said = Array.isArray(allowedValues)
        ? `must be one of ${allowedValues.join(', ')}`
        : (each.message ?? 'is not valid')
      return {
        type: 'input-validation',
        field,
        message: `${field || (validationContext === 'querystring' ? 'query' : 'body')} ${said}`,
      }
    })
    return { status: 422, problems, isUnexpected: false }
  }
  if (statusCode === 415) {
    const text = 'Send the body as application/json or application/vnd.segment.v1+json.'
    return { status: 415, problems: [{ type: 'bad-request', message: text }], isUnexpected: false }
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, problems: [{ type: 'bad-request', message: String(message) }], isUnexpected: false }
  }
  return { status: 500, problems: [{ type: 'internal', message: 'Something went wrong here.' }], isUnexpected: true }
}

interface SchemaProblem {
  readonly instancePath: string
  readonly message?: string
  readonly params?: object
}
