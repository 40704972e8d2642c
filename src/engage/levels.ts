/**
 * Computed traits and audiences of people and of accounts, made ready together: what an account's definition asks of its
 * users (`ANY`, `ALL`) is a *question*, an audience of people that nobody is told of. Each user's answer is worked out with
 * everything else of theirs, and accounts keep the answers. Pure.
 */
import { hash } from 'node:crypto'
import { type Condition, type Level, print } from './language/index.ts'
import { type Computation, type Plan, planOf, QUESTIONS_FROM, scopeOf } from './plan.ts'

export interface LevelComputation extends Computation {
  /** Whose it is: people's where it is not given. */
  readonly level?: Level
  /** Whether somebody who is known by an anonymous id only can be a member; of an account, is asked. */
  readonly includesAnonymous: boolean
  /** Kinds of ids of which one is enough instead of those that an audience asks for by itself. */
  readonly externalIdTypes?: readonly string[]
}

export interface Plans {
  /** With the questions. */
  readonly users: Plan
  readonly accounts: Plan
  /** By number. Who is asked is as with an audience. */
  readonly questions: ReadonlyMap<number, LevelComputation>
}

/** Names a question where leaves have their keys. */
export const questionKey = (question: number): string => `?${question}`

/** @param filling keys of leaves whose history is being read @param gathering keys of questions not all users have answered yet */
export function plansOf(
  computations: readonly LevelComputation[],
  filling: ReadonlySet<string> = new Set(),
  gathering: ReadonlySet<string> = new Set(),
): Plans {
  const users = computations.filter(({ level }) => level !== 'accounts')
  const accounts = computations.filter(({ level }) => level === 'accounts')
  const questions = new Map<number, LevelComputation>()
  const asks = new Map<Condition, number>()
  for (const computation of accounts) {
    const { definition } = computation
    for (const part of definition.kind === 'audience' ? partsIn(definition.condition) : []) {
      const question = questionOf(part, computation, users)
      asks.set(part, question.number)
      if (!questions.has(question.number)) questions.set(question.number, question)
    }
  }
  const unanswered = new Set([...questions.keys()].filter((number) => gathering.has(questionKey(number))))
  return {
    users: planOf([...users, ...questions.values()], filling),
    accounts: planOf(accounts, filling, { level: 'accounts', asks, unanswered }),
    questions,
  }
}

/** Equal questions are one, whichever definitions ask them. One is another as soon as anything that it reads is. */
function questionOf(part: Condition, computation: LevelComputation, users: readonly LevelComputation[]) {
  const { includesHistory, countsFromMs, includesAnonymous, externalIdTypes } = computation
  const options = {
    includesAnonymous,
    ...(includesHistory === undefined ? {} : { includesHistory }),
    ...(countsFromMs === undefined ? {} : { countsFromMs }),
    ...(externalIdTypes === undefined ? {} : { externalIdTypes }),
  }
  const definition = { kind: 'audience', condition: part } as const
  const text = [print(definition), scopeOf(computation).owner, includesAnonymous, externalIdTypes, readBy(part, users)]
  // 48 bits: what is kept of one is not taken for another's.
  const number = QUESTIONS_FROM + Number.parseInt(hash('sha256', JSON.stringify(text), 'hex').slice(0, 12), 16)
  return { number, key: questionKey(number), definition, ...options }
}

/** Computations that something reads, directly or through others, as text. */
function readBy(tree: unknown, all: readonly LevelComputation[], seen = new Set<string>()): string[] {
  if (typeof tree !== 'object' || tree === null) return []
  const { kind, key } = tree as { kind?: unknown; key?: unknown }
  const read = kind === 'trait' && typeof key === 'string' && !seen.has(key) && all.find((each) => each.key === key)
  if (read) {
    seen.add(read.key)
    const { definition, includesAnonymous, externalIdTypes } = read
    const own = JSON.stringify([read.key, print(definition), scopeOf(read).owner, includesAnonymous, externalIdTypes])
    return [own, ...readBy(definition, all, seen)]
  }
  return Object.values(tree).flatMap((part) => readBy(part, all, seen))
}

function partsIn(condition: Condition): Condition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(partsIn)
    case 'not':
      return partsIn(condition.part)
    case 'any':
    case 'all':
      return [condition.part]
    default:
      return []
  }
}
