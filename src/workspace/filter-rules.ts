/** What a destination filter must be like. Pure. */
import { parseFql, splitPath } from '../fql/index.ts'
import type { FieldProblem } from './errors.ts'
import { isStorableText } from './fields.ts'
import type { FilterAction } from './types.ts'

/** Segment's limit, in characters. */
export const FILTER_TITLE_CHARS_MAX = 64
export const FILTER_DESCRIPTION_CHARS_MAX = 1_000
/** Actions of one filter. */
export const FILTER_ACTIONS_MAX = 10

/**
 * Fields at the top of every event that say what it is. No filter takes them away: without them it could not be
 * delivered, found or counted.
 */
export const KEPT_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'messageId',
  'timestamp',
  'originalTimestamp',
  'sentAt',
  'receivedAt',
  'channel',
  'projectId',
  'version',
])

export interface FilterDraft {
  readonly title: string
  readonly description: string | null
  readonly if: string
  readonly actions: readonly FilterAction[]
}

/** Every mistake found. Fields are named as in Segment's API. */
export function checkFilter({ title, description, if: condition, actions }: FilterDraft): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (title.trim() === '') problems.push({ field: 'title', message: 'must not be empty' })
  if (title.length > FILTER_TITLE_CHARS_MAX) {
    problems.push({ field: 'title', message: `must have at most ${FILTER_TITLE_CHARS_MAX} characters` })
  }
  if ((description ?? '').length > FILTER_DESCRIPTION_CHARS_MAX) {
    problems.push({ field: 'description', message: `must have at most ${FILTER_DESCRIPTION_CHARS_MAX} characters` })
  }
  for (const [field, text] of Object.entries({ title, description: description ?? '', if: condition })) {
    if (!isStorableText(text)) problems.push({ field, message: 'must be plain text' })
  }
  return [...problems, ...checkFilterRule({ if: condition, actions })]
}

/** The part of a filter that decides. */
export function checkFilterRule({ if: condition, actions }: Pick<FilterDraft, 'if' | 'actions'>): FieldProblem[] {
  const problems: FieldProblem[] = []
  const parsed = parseFql(condition)
  if ('problem' in parsed) {
    const { problem, position, isTooComplex = false } = parsed
    const message = `cannot be read at character ${position}: ${problem}`
    problems.push({ field: 'if', message, ...(isTooComplex ? { isTooComplex } : {}) })
  }
  if (actions.length === 0 || actions.length > FILTER_ACTIONS_MAX) {
    const tooMany = actions.length === 0 ? {} : ({ isTooComplex: true } as const)
    problems.push({ field: 'actions', message: `must hold one to ${FILTER_ACTIONS_MAX} actions`, ...tooMany })
  }
  return [...problems, ...actions.flatMap(checkAction)]
}

function checkAction(action: FilterAction, index: number): FieldProblem[] {
  const field = `actions.${index}`
  if (action.type === 'DROP') return []
  if (action.type === 'SAMPLE') {
    const { percent, path } = action
    const problems: FieldProblem[] = []
    if (typeof percent !== 'number' || !(percent >= 0 && percent <= 1)) {
      problems.push({ field: `${field}.percent`, message: 'must be a number from 0 (nothing passes) to 1 (all of it)' })
    }
    if (path !== undefined && splitPath(path).some((name) => name === '')) {
      problems.push({ field: `${field}.path`, message: 'must be names with dots between, such as userId' })
    }
    return problems
  }
  return checkFields(action, `${field}.fields`)
}

function checkFields(action: Extract<FilterAction, { fields: unknown }>, field: string): FieldProblem[] {
  const { fields } = action
  const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields)
  if (!isObject || Object.keys(fields).length === 0) {
    return [{ field, message: 'must name keys under their parent, such as {"properties": ["email"]}' }]
  }
  return Object.entries(fields).flatMap(([parent, keys]) => {
    const at = `${field}.${parent}`
    if (parent !== '' && splitPath(parent).some((name) => name === '')) {
      return [{ field: at, message: 'must be names with dots between, or empty for the top of the event' }]
    }
    if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string' && key !== '')) {
      return [{ field: at, message: 'must be a list of keys' }]
    }
    if (keys.length === 0 && action.type === 'DROP_PROPERTIES') return [{ field: at, message: 'must name a key' }]
    const kept = action.type === 'DROP_PROPERTIES' && parent === '' ? keys.filter((key) => KEPT_FIELDS.has(key)) : []
    return kept.length === 0 ? [] : [{ field: at, message: `must leave ${kept.join(', ')}: every event needs it` }]
  })
}
