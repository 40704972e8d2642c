/** Query parameters of the Profile API. What it does not know is passed over, as Segment does. Pure. */
import { parseIso } from '../../spec/index.ts'
import { ProfileProblem } from './problems.ts'

/** As the framework parses them: a list where a name comes several times. */
export type Asked = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws ProfileProblem 400 when it comes several times */
export function textOf(asked: Asked, name: string): string | undefined {
  const value = asked[name]
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw invalid(name, 'must come once')
  return value
}

/** Items between commas; undefined where the parameter is not there. */
export function listOf(asked: Asked, name: string): ReadonlySet<string> | undefined {
  const value = asked[name]
  if (value === undefined) return undefined
  const items = [value].flat().flatMap((text) => text.split(','))
  return new Set(items.map((item) => item.trim()).filter((item) => item !== ''))
}

/** @throws ProfileProblem 400 */
export function choiceOf<Name extends string>(asked: Asked, name: string, names: readonly Name[]): Name | undefined {
  const text = textOf(asked, name)
  const found = names.find((each) => each === text)
  if (text !== undefined && found === undefined) throw invalid(name, `must be ${names.join(' or ')}`)
  return found
}

/** Items of one page. @throws ProfileProblem 400 */
export function limitOf(asked: Asked, limits: { readonly default: number; readonly max: number }): number {
  const text = textOf(asked, 'limit')
  if (text === undefined) return limits.default
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > limits.max) throw invalid('limit', `must be from 1 to ${limits.max}`)
  return limit
}

/** Unix milliseconds. @throws ProfileProblem 400 */
export function timeOf(asked: Asked, name: string): number | undefined {
  const text = textOf(asked, name)
  if (text === undefined) return undefined
  const ms = parseIso(text)
  if (ms === undefined) throw invalid(name, 'must be an ISO 8601 time such as 2026-01-31 or 2026-01-31T08:00:00Z')
  return ms
}

export const invalid = (name: string, message: string) =>
  new ProfileProblem('invalid_request_error', `The parameter \`${name}\` ${message}.`)
