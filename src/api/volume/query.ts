/** What may be asked of counts over time, and what may not: each with its sentence. */
import { Type } from 'typebox'
import { LIST_MAX } from '../lists.ts'
import { invalid } from '../problems.ts'

/** One value, or several; also with commas between them. */
export const Words = (description: string) =>
  Type.Optional(
    Type.Union(
      [Type.String({ maxLength: 8_192 }), Type.Array(Type.String({ maxLength: 500 }), { maxItems: LIST_MAX })],
      {
        description,
      },
    ),
  )

type Text = string | readonly string[] | undefined

/** Names never have a comma in them: Segment's reference has them in one text. */
export const namesIn = (text: Text): readonly string[] =>
  text === undefined ? [] : [...new Set([text].flat().flatMap((each) => each.split(',')))].filter((each) => each !== '')

/** Values of events may have one. */
export const valuesIn = (text: Text): ReadonlySet<string> | undefined =>
  text === undefined ? undefined : new Set([text].flat())

/** @throws ApiError 422 for a name that is not among those it is counted by */
export function knownNames<Name extends string>(
  names: readonly string[],
  field: string,
  what: string,
  known: readonly Name[],
): readonly Name[] {
  for (const name of names) {
    if (known.includes(name as Name)) continue
    throw invalid(field, `cannot be ${name.slice(0, 50)}: ${what} is counted by ${known.join(', ')}`)
  }
  return names as readonly Name[]
}
