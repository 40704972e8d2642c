import type { FieldProblem } from '../errors.ts'
import { checkName } from '../fields.ts'

const EMAIL_CHARS_MAX = 254
const EMAIL = /^[^\s@"<>(),:;\\[\]]+@[^\s@"<>(),:;\\[\]]+$/

/** By which two addresses are the same. */
export const emailKey = (email: string): string => email.trim().toLowerCase()

export function checkEmail(email: string, field = 'email'): FieldProblem[] {
  const isFine = email.length <= EMAIL_CHARS_MAX && EMAIL.test(email) && checkName(email).length === 0
  return isFine ? [] : [{ field, message: 'must be an e-mail address' }]
}
