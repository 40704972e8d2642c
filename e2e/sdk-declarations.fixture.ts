/** What Segment's SDK says of itself, read from its declarations: its calls, and the shapes that it parses answers by. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as sdk from '@segment/public-api-sdk-typescript'

const dist = dirname(createRequire(import.meta.url).resolve('@segment/public-api-sdk-typescript'))

/** What every class has beside its calls. */
const SET_UP = ['constructor', 'setDefaultAuthentication', 'setApiKey', 'addInterceptor']

export interface SdkCall {
  readonly api: string
  readonly method: string
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** Class of the answer's body. */
  readonly answer: string
}

/** By `AudiencesApi.getAudience`. */
export function sdkCalls(): ReadonlyMap<string, SdkCall> {
  const calls = new Map<string, SdkCall>()
  for (const file of readdirSync(join(dist, 'api')).filter((each) => each.endsWith('Api.d.ts'))) {
    const text = readFileSync(join(dist, 'api', file), 'utf8')
    const api = /export declare class (\w+) \{/.exec(text)?.[1] ?? file
    for (const [, method = '', parameters = '', answer = ''] of text.matchAll(
      /^ {4}(\w+)\((.*?)(?:, )?options\?: \{[\s\S]*?body: (\w+);/gm,
    )) {
      const typed = [...parameters.matchAll(/(\w+)\??: ([^,]+)/g)].map(([, name = '', type = '']) => ({ name, type }))
      calls.set(`${api}.${method}`, { api, method, parameters: typed, answer })
    }
  }
  return calls
}

/** The methods that the classes have when they run: none may be missed by the declarations. */
export function sdkMethods(): readonly string[] {
  return Object.entries(sdk as Record<string, unknown>)
    .filter(([name, value]) => name.endsWith('Api') && typeof value === 'function')
    .flatMap(([name, value]) =>
      Object.entries(Object.getOwnPropertyDescriptors(Object(value).prototype))
        .filter(([method, { value: own }]) => typeof own === 'function' && !SET_UP.includes(method))
        .map(([method]) => `${name}.${method}`),
    )
}

/** What of a body is not as a class of the SDK declares it, as `data.source.id: is missing`. */
export function misshapen(value: unknown, type: string, path = ''): readonly string[] {
  if (type === 'any' || type.startsWith('{')) return []
  const nullable = /^(.*) \| null$/.exec(type)?.[1]
  if (nullable !== undefined) return value === null ? [] : misshapen(value, nullable, path)
  const of = /^Array<(.*)>$/.exec(type)?.[1]
  if (of !== undefined) {
    if (!Array.isArray(value)) return [`${path}: ${typeof value} is no list`]
    return value.flatMap((each, at) => misshapen(each, of, `${path}.${at}`))
  }
  if (['string', 'number', 'boolean'].includes(type))
    return typeof value === type ? [] : [`${path}: ${value === null ? 'null' : typeof value} is no ${type}`]
  const [model = '', enumeration] = type.split('.')
  if (enumeration !== undefined) {
    const known = Object.values(Object(Object(sdk)[model])[enumeration] as Record<string, unknown>)
    return known.includes(value) ? [] : [`${path}: ${JSON.stringify(value)} is none of ${enumeration}`]
  }
  if (typeof value !== 'object' || value === null) return [`${path}: ${JSON.stringify(value)} is no ${model}`]
  return fieldsOf(model).flatMap(({ name, type: own, isOptional }) => {
    const field = (value as Record<string, unknown>)[name]
    if (field === undefined) return isOptional ? [] : [`${path}.${name}: is missing`]
    return misshapen(field, own, path === '' ? name : `${path}.${name}`)
  })
}

function fieldsOf(model: string) {
  const text = readFileSync(join(dist, 'model', `${model.charAt(0).toLowerCase()}${model.slice(1)}.d.ts`), 'utf8')
  return [...text.matchAll(/^ {4}'([^']+)'(\?)?: ([\s\S]*?);\n(?= {4}['s])/gm)].map(
    ([, name = '', optional, type = '']) => ({ name, type, isOptional: optional === '?' }),
  )
}
