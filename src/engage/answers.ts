/**
 * What an account keeps of its users: for each question that its definitions ask of them (`ANY`, `ALL`), who they are and
 * what each one's answer is. Pure.
 */

/** Users of an account whose answers are kept, of each question: those who became its users last. */
export const ACCOUNT_USERS_MAX = 1_000

/**
 * By the question's number. A user is their profile's number, below zero where the answer is no; in the order in which they
 * became users of the account.
 */
export type Answers = ReadonlyMap<number, readonly number[]>

export const NO_ANSWERS: Answers = new Map()

/** Begins each line, unlike one of values or of leaves. */
export const ANSWERS_MARK = '?'

export const encodeAnswers = (answers: Answers): string[] =>
  Array.from(answers, ([question, users]) => ANSWERS_MARK + [question, ...users].join(' '))

export const decodeAnswers = (lines: readonly string[]): Answers =>
  lines.length === 0
    ? NO_ANSWERS
    : new Map(
        lines.map((line): [number, number[]] => {
          const [question, ...users] = line.slice(ANSWERS_MARK.length).split(' ').map(Number)
          return [question ?? 0, users]
        }),
      )

/** Of an account nobody is known to be a user of, neither holds. */
export function isMet(kind: 'any' | 'all', users: readonly number[]): boolean {
  return kind === 'any' ? users.some(isYes) : users.length > 0 && users.every(isYes)
}

/** @param answer undefined: they are not asked, or no user any more. @returns the same list where nothing is different */
export function withAnswer(users: readonly number[], user: number, answer: boolean | undefined): readonly number[] {
  const at = users.findIndex((each) => Math.abs(each) === user)
  if (answer === undefined) return at === -1 ? users : users.toSpliced(at, 1)
  const kept = answer ? user : -user
  if (at === -1) return [...users, kept].slice(-ACCOUNT_USERS_MAX)
  return users[at] === kept ? users : users.with(at, kept)
}

/** Of an account that another has become part of. */
export function mergeAnswers(survivor: Answers, other: Answers): Answers {
  if (other.size === 0) return survivor
  const merged = new Map(survivor)
  for (const [question, theirs] of other) {
    const ours = survivor.get(question) ?? []
    const known = new Set(ours.map(Math.abs))
    const more = theirs.filter((user) => !known.has(Math.abs(user)))
    merged.set(question, [...ours, ...more].slice(-ACCOUNT_USERS_MAX))
  }
  return merged
}

const isYes = (user: number) => user > 0
