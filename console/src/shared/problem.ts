/** What went wrong, as the server says it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** 0 when no answer came. */
  readonly status: number
  /** The word of the answer, in both envelopes, with `_`, e.g. `too_many_attempts`. */
  readonly code: string
  /** By the name of the field; a field that is in another has a dot. */
  readonly fields: ReadonlyMap<string, string>
  /** By which the server's log knows the request. */
  readonly requestId: string | undefined

  constructor(given: {
    status: number
    code: string
    message: string
    fields?: ReadonlyMap<string, string>
    requestId?: string | undefined
  }) {
    super(given.message)
    this.status = given.status
    this.code = given.code
    this.fields = given.fields ?? new Map()
    this.requestId = given.requestId
  }
}

/** What was asked for is not there, or no more. */
export const isGone = (problem: unknown): boolean => problem instanceof Problem && problem.status === 404

interface Named {
  readonly type?: string
  readonly message?: string
  readonly field?: string
}

/** From an answer in Segment's envelope or in that of reliability contract 4.4. */
export function problemOf(status: number, body: unknown, requestId: string | undefined): Problem {
  const { errors, error } = Object(body) as {
    errors?: readonly Named[]
    error?: Named & { code?: string; fields?: readonly Named[] }
  }
  const named = errors ?? error?.fields ?? []
  const fields = new Map(named.flatMap(({ field, message = '' }) => (field === undefined ? [] : [[field, message]])))
  const code = (error?.code ?? errors?.[0]?.type ?? 'unknown').replaceAll('-', '_')
  const message = error?.message ?? errors?.map((each) => each.message).join('; ') ?? `The server answered ${status}.`
  return new Problem({ status, code, message, fields, requestId })
}

/**
 * What the server says of single fields, to stand beside each: by the name below `parent`, e.g. `apiKey` for what it says
 * of `settings.apiKey` under `settings`. Names without that parent are taken as they are.
 */
export function fieldErrors(problem: unknown, parent = ''): ReadonlyMap<string, string> {
  if (!(problem instanceof Problem)) return new Map()
  const prefix = `${parent}.`
  return new Map(
    [...problem.fields].map(([field, message]) => {
      const name = field.startsWith(prefix) ? field.slice(prefix.length) : field
      const said = [field, name].reduce(
        (text, each) => (text.startsWith(`${each} `) ? text.slice(each.length + 1) : text),
        message,
      )
      return [name, `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`]
    }),
  )
}

/**
 * Whether the fields of a form tell a problem in full. Else it has to be said beside them: a button that does nothing, and
 * says nothing, helps nobody.
 * @param said by field, as `fieldErrors` has it
 * @param shown fields whose control shows what is said of them
 */
export function isToldByFields(said: ReadonlyMap<string, string>, shown: Iterable<string>): boolean {
  const controls = new Set(shown)
  return said.size > 0 && [...said.keys()].every((field) => controls.has(field))
}
