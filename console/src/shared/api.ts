/** Asking the server: every answer is checked against its schema, every failure is a `Problem`. */
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { Problem, problemOf } from './problem.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** What a route says of its answer: from `src/api/answers`. */
export interface Answering<Answer extends TSchema = TSchema> {
  readonly operation: { readonly content: { readonly 'application/json': Answer } }
}

/**
 * @param path below `/api`, its parts encoded with `part`
 * @returns the whole body: `data`, and what stands beside it
 * @throws Problem
 */
export async function ask<Answer extends TSchema>(
  route: Answering<Answer>,
  path: string,
  options: Ask = {},
): Promise<Static<Answer>> {
  return (await askWithTag(route, path, options)).body
}

/**
 * The same, and the tag of what was read: sent as `if-match`, a change is refused when somebody else was quicker.
 * @throws Problem
 */
export async function askWithTag<Answer extends TSchema>(
  { operation }: Answering<Answer>,
  path: string,
  options: Ask = {},
): Promise<{ readonly body: Static<Answer>; readonly tag: string | undefined }> {
  const answer = await answerTo(path, options)
  const body = await bodyOf(answer)
  const schema = operation.content['application/json']
  if (Value.Check(schema, body)) return { body, tag: answer.headers.get('etag') ?? undefined }
  const [first] = Value.Errors(schema, body)
  throw new Problem({
    status: answer.status,
    code: 'unexpected_answer',
    message: `The server's answer is not what this page knows (${first?.instancePath || 'body'} ${first?.message ?? ''}). Load the page anew.`,
  })
}

/**
 * The answer itself, for what is no JSON.
 * @throws Problem
 */
export async function answerTo(path: string, options: Ask): Promise<Response> {
  const answer = await fetched(path, options)
  if (answer.ok) return answer
  throw problemOf(answer.status, await bodyOf(answer), answer.headers.get('x-request-id') ?? undefined)
}

async function fetched(path: string, { method = 'GET', query = {}, body, headers, signal }: Ask): Promise<Response> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`
  try {
    return await fetch(`/api${path}${search}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new Problem({
      status: 0,
      code: 'unreachable',
      message: 'The server cannot be reached. Is it running? What you see may be old.',
    })
  }
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** One part of a path. */
export const part = encodeURIComponent
