/** A filter while it is edited. A reducer, and what comes of it. */
import { kept, type Shown } from '../../../shared/differences.ts'
import type { FilterBody } from '../api/filters.ts'
import { actionWords } from './action-words.ts'

type FilterAction = FilterBody['actions'][number]
export type ActionType = FilterAction['type']

export interface ActionDraft {
  readonly type: ActionType
  /** From 0 to 100: the share that passes. */
  readonly percent: string
  /** Which value decides of the sample; empty for the message. */
  readonly path: string
  /** Paths of properties, one a line, e.g. `properties.card`. */
  readonly properties: string
}

export interface FilterDraft {
  readonly title: string
  /** In FQL. */
  readonly condition: string
  readonly enabled: boolean
  readonly actions: readonly ActionDraft[]
}

export type DraftAction =
  | { readonly type: 'set'; readonly value: Partial<Pick<FilterDraft, 'title' | 'condition' | 'enabled'>> }
  | { readonly type: 'action'; readonly at: number; readonly value: Partial<ActionDraft> }
  | { readonly type: 'add' }
  | { readonly type: 'remove'; readonly at: number }
  | { readonly type: 'taken'; readonly draft: FilterDraft }
  /** Somebody else has saved another: what was changed here since it was opened stays. */
  | { readonly type: 'kept'; readonly opened: FilterDraft; readonly theirs: FilterDraft }

const FIRST: ActionDraft = { type: 'DROP', percent: '10', path: 'userId', properties: '' }

export const NEW: FilterDraft = { title: '', condition: '', enabled: true, actions: [FIRST] }

export const draftOf = ({ title, if: condition, enabled, actions }: FilterBody): FilterDraft => ({
  title,
  condition,
  enabled,
  actions: actions.map(({ type, percent, path, fields }) => ({
    type,
    percent: percent === undefined ? FIRST.percent : String(round(percent * 100)),
    path: path ?? (type === 'SAMPLE' ? '' : FIRST.path),
    properties: fields === undefined ? '' : linesOf(fields),
  })),
})

export function reduce(draft: FilterDraft, action: DraftAction): FilterDraft {
  switch (action.type) {
    case 'set':
      return { ...draft, ...action.value }
    case 'action':
      return {
        ...draft,
        actions: draft.actions.map((each, at) => (at === action.at ? { ...each, ...action.value } : each)),
      }
    case 'add':
      return { ...draft, actions: [...draft.actions, FIRST] }
    case 'remove':
      return { ...draft, actions: draft.actions.filter((_, at) => at !== action.at) }
    case 'taken':
      return action.draft
    case 'kept': {
      const { opened, theirs } = action
      return {
        title: kept(opened.title, theirs.title, draft.title),
        condition: kept(opened.condition, theirs.condition, draft.condition),
        enabled: kept(opened.enabled, theirs.enabled, draft.enabled),
        // Their order is what they mean: all of them are one field.
        actions: kept(opened.actions, theirs.actions, draft.actions),
      }
    }
  }
}

export const bodyOf = ({ title, condition, enabled, actions }: FilterDraft): FilterBody => ({
  title: title.trim(),
  if: condition,
  enabled,
  actions: actions.map(actionOf),
})

/** By label, what stands in the fields. */
export const shownIn = (draft: FilterDraft): Shown =>
  new Map([
    ['Title', draft.title],
    ['If', draft.condition],
    ['Actions', draft.actions.map((action) => actionWords(actionOf(action))).join('. ')],
    ['On', draft.enabled ? 'On' : 'Off'],
  ])

/** By `title`, `if` or `actions.0`, what keeps the draft from being saved. */
export function problemsOf({ title, condition, actions }: FilterDraft): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  if (title.trim() === '') problems.set('title', 'Enter a title.')
  if (condition.trim() === '') problems.set('if', 'Enter a condition, or all for every event.')
  for (const [at, { type, percent, properties }] of actions.entries()) {
    const share = Number(percent)
    if (type === 'SAMPLE' && (percent.trim() === '' || !(share >= 0 && share <= 100))) {
      problems.set(`actions.${at}`, 'Enter a number from 0 to 100.')
    }
    if ((type === 'DROP_PROPERTIES' || type === 'ALLOW_PROPERTIES') && properties.trim() === '') {
      problems.set(`actions.${at}`, 'Name a property, such as properties.card.')
    }
  }
  return problems
}

function actionOf({ type, percent, path, properties }: ActionDraft): FilterAction {
  switch (type) {
    case 'DROP':
      return { type }
    case 'SAMPLE':
      return { type, percent: round(Number(percent) / 100), ...(path.trim() === '' ? {} : { path: path.trim() }) }
    case 'DROP_PROPERTIES':
    case 'ALLOW_PROPERTIES':
      return { type, fields: fieldsOf(properties) }
  }
}

/** Away with what comes of hundredths in binary. */
const round = (value: number) => Math.round(value * 1e8) / 1e8

/** `properties.card` is the key `card` under `properties`; one without a dot is at the top of the event. */
function fieldsOf(lines: string): Record<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const line of lines.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const at = lastDot(line)
    const parent = line.slice(0, Math.max(0, at))
    fields.set(parent, [...(fields.get(parent) ?? []), unescaped(line.slice(at + 1))])
  }
  return Object.fromEntries(fields)
}

/** The last one that is not part of a name, where it has a `\` before it; -1 for none. */
function lastDot(path: string): number {
  for (let at = path.length - 1; at >= 0; at--) if (path[at] === '.' && path[at - 1] !== '\\') return at
  return -1
}

/** The key as it is in the event: parents are paths, in which other characters have a `\` before them. */
const unescaped = (name: string) => name.replace(/\\(.)/g, '$1')

const linesOf = (fields: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(fields)
    .flatMap(([parent, keys]) =>
      keys.map((key) => `${parent === '' ? '' : `${parent}.`}${key.replace(/[.\\]/g, '\\$&')}`),
    )
    .join('\n')
