import { Problem } from '../../shared/problem.ts'
import type { Tagged } from '../../shared/safe-save.ts'
import { makeLabel, setLabels } from './api/labels.ts'
import { changeSource, type Source } from './api/sources.ts'
import { changesOf, type SettingsDraft, textOf } from './settings-draft.ts'

interface Saving {
  readonly draft: SettingsDraft
  /** Labels of the workspace, `key:value` each: those that are new are made. */
  readonly known: readonly string[]
  readonly seen: Tagged<Source>
  read(): Promise<Tagged<Source>>
}

/** Saves what differs, over what was seen. @throws Problem 412 when somebody else was quicker */
export async function saveSettings({ draft, known, seen, read }: Saving): Promise<void> {
  const { id } = seen.value
  const { source, labels } = changesOf(draft)
  if (source !== undefined) await changeSource(id, source, seen.tag)
  if (labels === undefined) return
  // The change before has made another tag: it is good as long as nobody changed the labels.
  const { value, tag } = source === undefined ? seen : await read()
  if (JSON.stringify(value.labels) !== JSON.stringify(seen.value.labels)) throw new Problem(STALE)
  for (const label of labels) if (!known.includes(textOf(label))) await makeLabel(label)
  await setLabels(id, labels, tag)
}

const STALE = { status: 412, code: 'stale', message: 'The labels were changed since you opened them.' }
