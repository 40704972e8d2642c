/** The settings of a destination while they are edited. A reducer, and what comes of it. */
import { kept, type Shown } from '../../shared/differences.ts'
import type { DestinationMetadata } from './api/catalog.ts'

export type SettingOption = DestinationMetadata['options'][number]
export type Settings = Readonly<Record<string, unknown>>

export interface SettingsDraft {
  readonly options: readonly SettingOption[]
  /** As they are saved, secrets masked; undefined for a destination that is new. */
  readonly saved: Settings | undefined
  /** By name: what stands in the field. Of a saved secret empty text, until another is entered. */
  readonly values: ReadonlyMap<string, string | boolean>
  /** Secrets that are to be removed. */
  readonly removed: ReadonlySet<string>
}

export type SettingsAction =
  | { readonly type: 'set'; readonly name: string; readonly value: string | boolean }
  | { readonly type: 'remove'; readonly name: string }
  | { readonly type: 'copy'; readonly settings: Settings }
  | { readonly type: 'saved'; readonly settings: Settings }
  /** Somebody else has saved these: what was changed here stays. */
  | { readonly type: 'kept'; readonly settings: Settings }

export const isSecret = ({ type }: SettingOption) => type === 'password'

export function draftOf(options: readonly SettingOption[], saved?: Settings): SettingsDraft {
  const values = new Map(options.map((option) => [option.name, shownOf(option, saved)] as const))
  return { options, saved, values, removed: new Set() }
}

export function reduce(draft: SettingsDraft, action: SettingsAction): SettingsDraft {
  switch (action.type) {
    case 'set':
      return {
        ...draft,
        values: new Map(draft.values).set(action.name, action.value),
        removed: new Set([...draft.removed].filter((name) => name !== action.name)),
      }
    case 'remove':
      return {
        ...draft,
        values: new Map(draft.values).set(action.name, ''),
        removed: new Set([...draft.removed, action.name]),
      }
    case 'copy': {
      // Secrets are not to be had from another destination: they are never shown.
      const copied = draft.options.filter((option) => !isSecret(option))
      return {
        ...draft,
        values: new Map([
          ...draft.values,
          ...copied.map((option) => [option.name, shownOf(option, action.settings)] as const),
        ]),
      }
    }
    case 'saved':
      return draftOf(draft.options, action.settings)
    case 'kept': {
      const theirs = draftOf(draft.options, action.settings)
      const values = draft.options.map((option) => {
        const { name } = option
        const mine = draft.values.get(name) ?? ''
        return [name, kept(shownOf(option, draft.saved), theirs.values.get(name) ?? '', mine)] as const
      })
      return { ...theirs, values: new Map(values), removed: draft.removed }
    }
  }
}

/** What is to be saved: of a new destination all that is set, else what differs. `null` removes a setting. */
export function changesOf(draft: SettingsDraft): Settings {
  const changes: Record<string, unknown> = {}
  for (const option of draft.options) {
    const { name } = option
    const value = draft.values.get(name) ?? ''
    if (draft.removed.has(name)) changes[name] = null
    else if (draft.saved === undefined ? value !== '' : value !== shownOf(option, draft.saved)) {
      changes[name] = settingOf(option, value)
    }
  }
  return changes
}

export const isChanged = (draft: SettingsDraft) => Object.keys(changesOf(draft)).length > 0

/** By label, what stands in the fields; of a secret that is saved its end, as the server shows it. */
export const shownIn = ({ options, values, saved, removed }: SettingsDraft): Shown =>
  new Map(
    options.map((option) => {
      const { name, label } = option
      const value = values.get(name) ?? ''
      if (!isSecret(option)) return [label, typeof value === 'boolean' ? (value ? 'On' : 'Off') : value] as const
      if (value !== '') return [label, 'A new one'] as const
      return [label, removed.has(name) ? '' : String(saved?.[name] ?? '')] as const
    }),
  )

/** By name of the setting, what keeps the draft from being saved. */
export function problemsOf(draft: SettingsDraft): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  for (const option of draft.options) {
    const value = draft.values.get(option.name) ?? ''
    const isKept = isSecret(option) && isSet(draft.saved?.[option.name]) && !draft.removed.has(option.name)
    if (option.required && value === '' && !isKept) problems.set(option.name, `Enter the ${option.label}.`)
    if (option.type === 'number' && value !== '' && !Number.isFinite(Number(value))) {
      problems.set(option.name, 'Enter a number.')
    }
  }
  return problems
}

const isSet = (value: unknown) => value !== undefined && value !== null && value !== ''

function shownOf(option: SettingOption, saved: Settings | undefined): string | boolean {
  const value = saved?.[option.name] ?? option.defaultValue
  if (option.type === 'boolean') return value === true
  if (isSecret(option) || value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function settingOf({ type, choices }: SettingOption, value: string | boolean): unknown {
  if (typeof value === 'boolean') return value
  if (value.trim() === '') return null
  if (type === 'number') return Number(value)
  if (Array.isArray(choices)) return chosen(choices, value)
  return type === 'password' ? value.trim() : value
}

/** The choice itself, which may be a number. */
function chosen(choices: readonly unknown[], text: string): unknown {
  const values = choices.map((each) =>
    typeof each === 'object' && each !== null && 'value' in each ? each.value : each,
  )
  return values.find((value) => String(value) === text) ?? text
}
