/** Lists in a query: Segment's documentation writes `userIds.0=a`, its SDKs write `userIds[0]=a`. */
import { ApiError } from './problems.ts'

export const LIST_MAX = 100

/** @throws ApiError 422 for none, for too many, and for anything else in the query */
export function listInQuery(query: unknown, name: string): readonly string[] {
  const isOfList = new RegExp(`^${name}(\\.\\d{1,3}|\\[\\d{0,3}\\])?$`)
  const entries = Object.entries(Object(query) as Record<string, string | string[]>)
  const values = entries.filter(([key]) => isOfList.test(key)).flatMap(([, value]) => value)
  const isFine = entries.every(([key]) => isOfList.test(key)) && values.length > 0 && values.length <= LIST_MAX
  if (isFine) return values
  const message = `the query must be ${name}[0]=… and nothing else, with 1 to ${LIST_MAX} of them`
  throw new ApiError(422, [{ type: 'input-validation', field: name, message }])
}
