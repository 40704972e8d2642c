/**
 * What was done under an `Idempotency-Key`: asked again, it is not done again, and the answer is the first one
 * (reliability contract 4.4). What was done is noted in the transaction that does it, and the answer once it is made, so
 * that after a crash between the two the change is known, and its answer is made anew of what the change gave.
 * Answers hold secrets that are shown once: all of it is sealed.
 */
import type { Kysely } from 'kysely'
import type { CommandContext } from './context.ts'
import type { Secrets } from './secrets.ts'
import type { WorkspaceTables } from './tables.ts'

/** How long a key is known, in milliseconds. */
export const ONCE_MS = 24 * 3_600_000
/** Keys that are known at a time; of more the oldest is forgotten. */
export const ONCE_KEYS_MAX = 10_000

/** A request under a key, in keyed hashes: neither key nor body is kept. */
export interface Once {
  /** Of who asks and their key. */
  readonly id: string
  /** Of what is asked. */
  readonly fingerprint: string
}

/** What is known of a key; without an answer while none was made. */
export interface KnownOnce {
  readonly fingerprint: string
  readonly answer: string | undefined
}

type Tx = Kysely<WorkspaceTables>
type Done = Readonly<Record<string, { readonly value?: unknown }>>

/** Undefined for a key that is not known, or not any more. */
export async function findOnce(
  read: Tx,
  id: string,
  secrets: Pick<Secrets, 'open'>,
  nowMs: number,
): Promise<KnownOnce | undefined> {
  const row = await rowOf(read, id, nowMs)
  if (row === undefined) return undefined
  const { fingerprint, answer } = row
  return { fingerprint, answer: answer === null ? undefined : secrets.open(answer, answerRecord(id)) }
}

/** What a step of the request gave when it was done; undefined while it was not. @param step its name in the request */
export async function doneBefore(
  read: Tx,
  { id }: Once,
  step: string,
  ctx: Pick<CommandContext, 'clock' | 'secrets'>,
): Promise<{ readonly value?: unknown } | undefined> {
  const row = await rowOf(read, id, ctx.clock.nowMs())
  return row === undefined ? undefined : doneIn(row, ctx.secrets)[step]
}

/** Belongs into the transaction of the step. @param value plain JSON */
export async function noteDone(
  tx: Tx,
  { id, fingerprint }: Once,
  step: string,
  value: unknown,
  ctx: Pick<CommandContext, 'clock' | 'secrets'>,
): Promise<void> {
  const nowMs = ctx.clock.nowMs()
  await forgetOnce(tx, nowMs)
  const row = await rowOf(tx, id, nowMs)
  const before = row === undefined ? {} : doneIn(row, ctx.secrets)
  const done = ctx.secrets.seal(JSON.stringify({ ...before, [step]: { value } }), doneRecord(id))
  if (row !== undefined) {
    await tx.updateTable('idempotency_keys').set({ done }).where('id', '=', id).execute()
    return
  }
  await makeRoom(tx)
  await tx
    .insertInto('idempotency_keys')
    .values({ id, fingerprint, created_at_ms: nowMs, done, answer: null })
    .execute()
}

/** A later repetition is answered so. Does nothing when no step was noted: there is nothing that could be done twice. */
export async function keepAnswer(
  tx: Tx,
  args: { readonly id: string; readonly answer: string },
  ctx: Pick<CommandContext, 'secrets'>,
): Promise<void> {
  const answer = ctx.secrets.seal(args.answer, answerRecord(args.id))
  await tx.updateTable('idempotency_keys').set({ answer }).where('id', '=', args.id).execute()
}

/** Throws away what is too old to be known. */
export async function forgetOnce(tx: Tx, nowMs: number): Promise<void> {
  await tx
    .deleteFrom('idempotency_keys')
    .where('created_at_ms', '<=', nowMs - ONCE_MS)
    .execute()
}

/** Answers how many values it sealed anew. */
export async function resealOnce(tx: Tx, secrets: Secrets): Promise<number> {
  const rows = await tx.selectFrom('idempotency_keys').select(['id', 'done', 'answer']).execute()
  const isOld = (sealed: string | null) => sealed !== null && !secrets.isCurrent(sealed)
  const old = rows.filter(({ done, answer }) => isOld(done) || isOld(answer))
  for (const { id, done, answer } of old) {
    const sealed = {
      done: secrets.seal(secrets.open(done, doneRecord(id)), doneRecord(id)),
      answer: answer === null ? null : secrets.seal(secrets.open(answer, answerRecord(id)), answerRecord(id)),
    }
    await tx.updateTable('idempotency_keys').set(sealed).where('id', '=', id).execute()
  }
  return old.length
}

const rowOf = (read: Tx, id: string, nowMs: number) =>
  read
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('id', '=', id)
    .where('created_at_ms', '>', nowMs - ONCE_MS)
    .executeTakeFirst()

/** For one more. */
async function makeRoom(tx: Tx): Promise<void> {
  const { known } = await tx
    .selectFrom('idempotency_keys')
    .select(({ fn }) => fn.countAll().as('known'))
    .executeTakeFirstOrThrow()
  const over = Number(known) + 1 - ONCE_KEYS_MAX
  if (over <= 0) return
  const oldest = tx.selectFrom('idempotency_keys').select('id').orderBy('created_at_ms').orderBy('id').limit(over)
  await tx.deleteFrom('idempotency_keys').where('id', 'in', oldest).execute()
}

const doneIn = ({ id, done }: { readonly id: string; readonly done: string }, secrets: Pick<Secrets, 'open'>): Done =>
  JSON.parse(secrets.open(done, doneRecord(id)))

const doneRecord = (id: string) => `idempotency:${id}:done`
const answerRecord = (id: string) => `idempotency:${id}:answer`
