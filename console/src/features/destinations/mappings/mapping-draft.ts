/** A mapping while it is edited. A reducer, and what comes of it. */
import { kept, type Shown } from '../../../shared/differences.ts'
import type { ActionField } from '../api/catalog.ts'
import type { MappingBody } from '../api/mappings.ts'

/** How a field is filled. */
export type FieldKind = 'none' | 'variable' | 'value' | 'template' | 'json'

export interface FieldDraft {
  readonly kind: FieldKind
  readonly text: string
}

export interface MappingDraft {
  readonly name: string
  /** In FQL. */
  readonly trigger: string
  readonly enabled: boolean
  /** By key of the action's field. */
  readonly fields: ReadonlyMap<string, FieldDraft>
}

export type MappingAction =
  | { readonly type: 'name'; readonly value: string }
  | { readonly type: 'trigger'; readonly value: string }
  | { readonly type: 'enabled'; readonly value: boolean }
  | { readonly type: 'field'; readonly key: string; readonly value: FieldDraft }
  | { readonly type: 'taken'; readonly draft: MappingDraft }
  /** Somebody else has saved another: what was changed here since it was opened stays. */
  | { readonly type: 'kept'; readonly opened: MappingDraft; readonly theirs: MappingDraft }

type Fields = Readonly<Record<string, unknown>>

const UNSET: FieldDraft = { kind: 'none', text: '' }

/** @param keys of the action's fields; what is mapped beside them stays */
export function draftOf({ settings, ...rest }: MappingBody, keys: readonly string[]): MappingDraft {
  const all = [...new Set([...keys, ...Object.keys(settings)])]
  return { ...rest, fields: new Map(all.map((key) => [key, fieldOf(settings[key])] as const)) }
}

export function reduce(draft: MappingDraft, action: MappingAction): MappingDraft {
  switch (action.type) {
    case 'name':
      return { ...draft, name: action.value }
    case 'trigger':
      return { ...draft, trigger: action.value }
    case 'enabled':
      return { ...draft, enabled: action.value }
    case 'field':
      return { ...draft, fields: new Map(draft.fields).set(action.key, action.value) }
    case 'taken':
      return action.draft
    case 'kept':
      return keptOf(action.opened, action.theirs, draft)
  }
}

function keptOf(opened: MappingDraft, theirs: MappingDraft, mine: MappingDraft): MappingDraft {
  const keys = [...new Set([...theirs.fields.keys(), ...mine.fields.keys()])]
  const fieldIn = ({ fields }: MappingDraft, key: string) => fields.get(key) ?? UNSET
  return {
    name: kept(opened.name, theirs.name, mine.name),
    trigger: kept(opened.trigger, theirs.trigger, mine.trigger),
    enabled: kept(opened.enabled, theirs.enabled, mine.enabled),
    fields: new Map(
      keys.map((key) => [key, kept(fieldIn(opened, key), fieldIn(theirs, key), fieldIn(mine, key))] as const),
    ),
  }
}

/** By label, what stands in the fields. @param labelOf a field's key */
export const shownIn = ({ name, trigger, enabled, fields }: MappingDraft, labelOf: (key: string) => string): Shown =>
  new Map([
    ['Name', name],
    ['Trigger', trigger],
    ['On', enabled ? 'On' : 'Off'],
    ...[...fields].map(([key, { text }]) => [labelOf(key), text] as const),
  ])

/** A value of a mapping as it is edited: directives of one kind have a field of their own, all else is JSON. */
export function fieldOf(value: unknown): FieldDraft {
  if (value === undefined) return UNSET
  if (typeof value === 'string') return { kind: 'value', text: value }
  const [only, ...others] = Object.entries(Object(value) as Fields)
  if (typeof value === 'object' && !Array.isArray(value) && only !== undefined && others.length === 0) {
    const [directive, text] = only
    if (directive === '@path' && typeof text === 'string') return { kind: 'variable', text }
    if (directive === '@template' && typeof text === 'string') return { kind: 'template', text }
  }
  return { kind: 'json', text: JSON.stringify(value, null, 2) }
}

/** @returns undefined for what is left out, or cannot be read */
function valueOfField({ kind, text }: FieldDraft): unknown {
  switch (kind) {
    case 'none':
      return undefined
    case 'value':
      return text
    case 'variable':
      return { '@path': text.trim() }
    case 'template':
      return { '@template': text }
    case 'json':
      return jsonOf(text)
  }
}

export function bodyOf({ name, trigger, enabled, fields }: MappingDraft): MappingBody {
  const settings = [...fields].flatMap(([key, field]) => {
    const value = valueOfField(field)
    return value === undefined ? [] : [[key, value] as const]
  })
  return { name: name.trim(), trigger, enabled, settings: Object.fromEntries(settings) }
}

/** By `name`, `trigger` or the key of a field, what keeps the draft from being saved. */
export function problemsOf(draft: MappingDraft, fields: readonly ActionField[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  if (draft.name.trim() === '') problems.set('name', 'Enter a name.')
  if (draft.trigger.trim() === '') problems.set('trigger', 'Enter a condition, such as type = "track".')
  for (const [key, field] of draft.fields) {
    if (field.kind === 'json' && jsonOf(field.text) === undefined) problems.set(key, 'This is not JSON.')
    if (field.kind === 'variable' && !/^\$(\.|\[|$)/.test(field.text.trim())) {
      problems.set(key, 'A variable begins with $, such as $.userId.')
    }
  }
  for (const { fieldKey, required, label } of fields) {
    if (required && (draft.fields.get(fieldKey) ?? UNSET).kind === 'none') {
      problems.set(fieldKey, `${label} must be filled.`)
    }
  }
  return problems
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
