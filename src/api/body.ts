/** How bodies are read: JSON in UTF-8, sent as it is. What is not is refused before anything is taken for something else. */
import type { FastifyBodyParser, FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from './problems.ts'

/** Segment's API names its versions so. There is one here. */
const VENDOR_JSON = /^application\/vnd\.segment\.[a-z0-9]+\+json(?:;|$)/
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i
const UTF8 = /^utf-?8$/i

/** Call it before routes are registered. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  const read: FastifyBodyParser<Buffer> = (request, body, done) => {
    const problem = encodingProblem(request)
    if (problem !== undefined) return done(problem)
    const text = decoded(body)
    if (text === undefined) return done(refused(400, 'The body is not UTF-8.'))
    if (text === '') return done(refused(400, 'The body is empty.'))
    parse(request, text, (error, value) => (error === null ? done(null, value) : done(unread(text))))
  }
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, read)
  app.addContentTypeParser(VENDOR_JSON, { parseAs: 'buffer' }, read)
}

function encodingProblem({ headers }: FastifyRequest): ApiError | undefined {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    return refused(415, 'Send the body without Content-Encoding: nothing is decompressed here.')
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]
  if (charset === undefined || UTF8.test(charset)) return undefined
  return refused(415, 'Send the body in UTF-8.')
}

/** Without its byte order mark. */
function decoded(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** A text that is JSON was refused for what it would do to other objects. */
function unread(text: string): ApiError {
  try {
    JSON.parse(text)
  } catch {
    return refused(400, 'The body is not JSON.')
  }
  return refused(400, 'The body has the key __proto__, or prototype in constructor, which nothing here is called.')
}

function refused(status: number, message: string): ApiError {
  return new ApiError(status, [{ type: 'bad-request', message }])
}
