/** Calls the API and holds each answer against the OpenAPI document, in which nothing may be missing that is answered. */
import { Compile } from 'typebox/schema'
import { expect } from 'vitest'

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
}
interface Content {
  readonly schema: object
  readonly example?: unknown
}
interface Response {
  readonly content: Readonly<Record<string, Content>>
}
export interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly 'x-right': string
  readonly security: readonly object[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: { readonly 'application/json': Content } }
  readonly responses: Readonly<Record<string, Response>>
}
export interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}
export interface Described {
  /** Such as `GET /api/sources/{id}`. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const operationsOf = ({ paths }: Document): readonly Described[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([lower, operation]) => {
      const method = lower.toUpperCase()
      return { name: `${method} ${path}`, method, path, operation }
    }),
  )

/** The same schema, in which a field that is not described is wrong. Clients get the open one: there will be more fields. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const shape = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const isOpen = shape['type'] === 'object' && 'properties' in shape && !('additionalProperties' in shape)
  return isOpen ? { ...shape, additionalProperties: false } : shape
}

/** Of a stream that has no end. */
async function beginningOf({ body }: globalThis.Response): Promise<string> {
  for await (const bytes of body ?? []) return Buffer.from(bytes).toString()
  return ''
}

export class DescribedApi {
  readonly #url: string
  readonly #token: string
  readonly #operations: readonly Described[]
  readonly #components: unknown
  readonly #checks = new Map<object, ReturnType<typeof Compile>>()
  /** Names of the operations that were answered with a success. */
  readonly succeeded = new Set<string>()

  constructor(url: string, token: string, document: Document) {
    this.#url = url
    this.#token = token
    this.#operations = operationsOf(document)
    this.#components = closed(document.components)
  }

  /** What is wrong with a value; empty where nothing is. */
  problemsWith(schema: object, value: unknown): readonly string[] {
    const check = this.#checks.get(schema) ?? Compile({ ...(closed(schema) as object), components: this.#components })
    this.#checks.set(schema, check)
    if (check.Check(value)) return []
    const [, errors] = check.Errors(value)
    return errors.map(({ instancePath, message, schemaPath }) => `${instancePath} ${message} (${schemaPath})`)
  }

  /** Any answer, as it is described. @param path with its query @param headers with a cookie, no token goes along */
  async ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...('cookie' in headers ? { 'sec-fetch-site': 'same-origin' } : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { name, operation } = this.#operationAt(method, path)
    const described = operation.responses[response.status] ?? operation.responses['default']
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const text = type === 'text/event-stream' ? await beginningOf(response) : await response.text()
    const schema = described?.content[type]?.schema
    const where = `${method} ${path} ${response.status} ${text.slice(0, 2_000)}`
    expect(schema, `${where}: ${name} does not describe ${type}`).toBeDefined()
    // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
    const answer: any = type === 'application/json' ? JSON.parse(text) : text
    expect(this.problemsWith(schema ?? {}, answer), `what is wrong with ${where}`).toEqual([])
    if (response.ok) {
      expect(Object.keys(operation.responses), where).toContain(String(response.status))
      this.succeeded.add(name)
    }
    const { status, headers: told } = response
    return { name, status, answer, told, where, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  }

  /** What a success answers. */
  async call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) {
    const { status, answer, where } = await this.ask(method, path, body, headers)
    expect(status, where).toBeLessThan(300)
    return answer.data
  }

  #operationAt(method: string, path: string): Described {
    const parts = (path.split('?')[0] ?? '').split('/')
    const fits = this.#operations
      .filter((each) => each.method === method)
      .filter((each) => {
        const wanted = each.path.split('/')
        return wanted.length === parts.length && wanted.every((part, at) => part.startsWith('{') || part === parts[at])
      })
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
    const [found] = fits
    if (found === undefined) throw new Error(`the document has no ${method} ${path}`)
    return found
  }
}
