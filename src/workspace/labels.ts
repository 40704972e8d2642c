/** Words that people put on sources to find them by. */
import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import { recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { conflict, type FieldProblem, notFound, refuseInvalid, WorkspaceError } from './errors.ts'
import { checkName } from './fields.ts'
import { getSource } from './sources.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Label } from './types.ts'

export const LABELS_MAX = 1_000
export const SOURCE_LABELS_MAX = 50
export const LABEL_CHARS_MAX = 100

type Tx = Kysely<WorkspaceTables>

/** By key and value. */
export async function listLabels(read: Tx): Promise<Label[]> {
  const rows = await read.selectFrom('labels').selectAll().orderBy('key').orderBy('value').execute()
  return rows.map(toLabel)
}

/** @throws WorkspaceError `invalid`, `conflict` */
export async function createLabel(tx: Tx, args: Label, ctx: CommandContext): Promise<Label> {
  const { key, value, description } = args
  refuseInvalid([
    ...checkWord(key, 'key'),
    ...checkWord(value, 'value'),
    ...(description === undefined || description === '' ? [] : checkName(description, 'description')),
  ])
  const labels = await listLabels(tx)
  if (labels.length >= LABELS_MAX)
    throw conflict('key', `there are ${LABELS_MAX} labels, which is the most there may be`)
  if (labels.some((label) => isSame(label, args))) throw conflict('value', 'this label is there already')
  const label = toLabel({ key, value, description: description ?? null })
  await tx
    .insertInto('labels')
    .values({ key, value, description: description ?? null })
    .execute()
  await recordAudit(tx, { ...changeOf('Label Created', label), after: label }, ctx)
  return label
}

/** Sources lose it too. @throws WorkspaceError `not_found` */
export async function deleteLabel(
  tx: Tx,
  args: { readonly key: string; readonly value: string },
  ctx: CommandContext,
): Promise<void> {
  const before = (await listLabels(tx)).find((label) => isSame(label, args))
  if (before === undefined) throw notFound('the label')
  await tx.deleteFrom('labels').where('key', '=', args.key).where('value', '=', args.value).execute()
  await recordConfigChange(tx, { ...changeOf('Label Deleted', before), before }, ctx)
}

/**
 * @returns all labels that the source has then
 * @throws WorkspaceError `not_found` for the source; `invalid` for a label that was not made before; `conflict` for too many
 */
export async function setSourceLabels(
  tx: Tx,
  args: { readonly sourceId: string; readonly labels: readonly Label[]; readonly how: 'add' | 'replace' },
  ctx: CommandContext,
): Promise<readonly Label[]> {
  const source = await getSource(tx, args.sourceId)
  const before = await labelsOfSource(tx, source.id)
  const all = await listLabels(tx)
  if (!args.labels.every((given) => all.some((label) => isSame(label, given)))) {
    const message = 'must be labels of this workspace: make them first'
    throw new WorkspaceError('invalid', `labels ${message}`, [{ field: 'labels', message }])
  }
  const isWanted = (label: Label) =>
    args.labels.some((given) => isSame(label, given)) ||
    (args.how === 'add' && before.some((kept) => isSame(label, kept)))
  const after = all.filter(isWanted)
  if (after.length > SOURCE_LABELS_MAX) throw conflict('labels', `are more than ${SOURCE_LABELS_MAX} on this source`)
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  await tx.deleteFrom('source_labels').where('source_id', '=', source.id).execute()
  const rows = after.map(({ key, value }) => ({ source_id: source.id, key, value }))
  if (rows.length > 0) await tx.insertInto('source_labels').values(rows).execute()
  const change = { type: 'Source Modified', resourceType: 'SOURCE', resourceId: source.id, resourceName: source.name }
  await recordConfigChange(
    tx,
    { ...change, resourceType: 'SOURCE', before: { labels: before }, after: { labels: after } },
    ctx,
  )
  return after
}

export async function labelsOfSource(read: Tx, sourceId: string): Promise<Label[]> {
  return (await labelsBySource(read)).get(sourceId) ?? []
}

export async function labelsBySource(read: Tx): Promise<Map<string, Label[]>> {
  const rows = await read
    .selectFrom('source_labels')
    .innerJoin('labels', (on) =>
      on.onRef('labels.key', '=', 'source_labels.key').onRef('labels.value', '=', 'source_labels.value'),
    )
    .selectAll('labels')
    .select('source_labels.source_id')
    .orderBy('labels.key')
    .orderBy('labels.value')
    .execute()
  const grouped = Map.groupBy(rows, (row) => row.source_id)
  return new Map([...grouped].map(([sourceId, labels]) => [sourceId, labels.map(toLabel)]))
}

function checkWord(word: string, field: string): FieldProblem[] {
  if (word.length > LABEL_CHARS_MAX) return [{ field, message: `must have at most ${LABEL_CHARS_MAX} characters` }]
  return checkName(word, field)
}

function toLabel({ key, value, description }: { key: string; value: string; description: string | null }): Label {
  return { key, value, ...(description === null ? {} : { description }) }
}

const isSame = (a: Pick<Label, 'key' | 'value'>, b: Pick<Label, 'key' | 'value'>) =>
  a.key === b.key && a.value === b.value

const changeOf = (type: string, { key, value }: Label) =>
  ({ type, resourceType: 'LABEL', resourceId: `${key}:${value}`, resourceName: `${key}:${value}` }) as const
