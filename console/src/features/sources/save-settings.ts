import { makeLabel, setLabels } from './api/labels.ts'
import { changeSource } from './api/sources.ts'
import { changesOf, type SettingsDraft, textOf } from './settings-draft.ts'

/** Saves what differs. @param known labels of the workspace, `key:value` each: those that are new are made */
export async function saveSettings(id: string, draft: SettingsDraft, known: readonly string[]): Promise<void> {
  const { source, labels } = changesOf(draft)
  if (source !== undefined) await changeSource(id, source)
  if (labels === undefined) return
  for (const label of labels) if (!known.includes(textOf(label))) await makeLabel(label)
  await setLabels(id, labels)
}
