/** What can be changed of a source, as far as it is not saved. */
import { kept, type Shown } from '../../shared/differences.ts'
import type { Source } from './api/sources.ts'

export interface SettingsDraft {
  readonly saved: Pick<Source, 'name' | 'enabled' | 'labels'>
  readonly name: string
  readonly enabled: boolean
  /** `key:value` each. */
  readonly labels: readonly string[]
}

export type SettingsAction =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'enabled'; readonly enabled: boolean }
  | { readonly type: 'labels'; readonly labels: readonly string[] }
  | { readonly type: 'loaded'; readonly source: SettingsDraft['saved'] }
  /** Somebody else has saved this: what was changed here stays. */
  | { readonly type: 'kept'; readonly source: SettingsDraft['saved'] }

export const textOf = ({ key, value }: { key: string; value: string }) => `${key}:${value}`

/** Undefined for what is no label. */
export function labelOf(text: string): { key: string; value: string } | undefined {
  const [, key = '', value = ''] = /^([^:]*):(.*)$/.exec(text) ?? []
  return key.trim() === '' || value.trim() === '' ? undefined : { key: key.trim(), value: value.trim() }
}

export const draftOf = (saved: SettingsDraft['saved']): SettingsDraft => ({
  saved,
  name: saved.name,
  enabled: saved.enabled,
  labels: saved.labels.map(textOf),
})

export function reduce(draft: SettingsDraft, action: SettingsAction): SettingsDraft {
  switch (action.type) {
    case 'name':
      return { ...draft, name: action.name }
    case 'enabled':
      return { ...draft, enabled: action.enabled }
    case 'labels':
      return { ...draft, labels: [...new Set(action.labels)] }
    case 'loaded':
      return draftOf(action.source)
    case 'kept': {
      const [opened, theirs] = [draftOf(draft.saved), draftOf(action.source)]
      return {
        ...theirs,
        name: kept(opened.name, theirs.name, draft.name),
        enabled: kept(opened.enabled, theirs.enabled, draft.enabled),
        labels: kept(opened.labels, theirs.labels, draft.labels),
      }
    }
  }
}

/** By label, what stands in the fields. */
export const shownIn = ({ name, enabled, labels }: Pick<SettingsDraft, 'name' | 'enabled' | 'labels'>): Shown =>
  new Map([
    ['Name', name],
    ['Takes events', enabled ? 'On' : 'Off'],
    ['Labels', [...labels].sort().join(', ')],
  ])

export interface Changes {
  readonly source: { readonly name?: string; readonly enabled?: boolean } | undefined
  readonly labels: readonly { readonly key: string; readonly value: string }[] | undefined
}

/** What differs from what is saved. */
export function changesOf({ saved, name, enabled, labels }: SettingsDraft): Changes {
  const source = {
    ...(name.trim() === saved.name ? {} : { name: name.trim() }),
    ...(enabled === saved.enabled ? {} : { enabled }),
  }
  const sorted = (texts: readonly string[]) => [...texts].sort().join('\n')
  const isSame = sorted(labels) === sorted(saved.labels.map(textOf))
  return {
    source: Object.keys(source).length === 0 ? undefined : source,
    labels: isSame ? undefined : labels.flatMap((text) => labelOf(text) ?? []),
  }
}

export const isChanged = (draft: SettingsDraft) => {
  const { source, labels } = changesOf(draft)
  return source !== undefined || labels !== undefined
}

/** By field, in words; empty when it can be saved. */
export function problemsOf({ name, labels }: SettingsDraft): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  if (name.trim() === '') problems.set('name', 'Give it a name.')
  const wrong = labels.find((text) => labelOf(text) === undefined)
  if (wrong !== undefined) problems.set('labels', `Write a label as key:value, not ${wrong}.`)
  return problems
}
