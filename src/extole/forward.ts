/** Merging one profile into another (contract 5.9): afterwards every lookup of the source finds the target. */
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'

/** Identity shapes the log names (contract 7.4). */
export type ShiftType = 'IDENTITY_WITH_KEY' | 'IDENTITY_MERGED' | 'DEVICE_AND_IDENTITY_MERGED'

/** Moves everything of the source to the target. Data the target has stays; what it lacks comes over. */
export function forward(context: Context, sourceId: string, targetId: string): void {
  const { db, persons } = context
  const source = persons.find(sourceId)
  const target = persons.find(targetId)
  if (source === undefined || target === undefined) throw new ExtoleError('person_not_found')
  if (source.id === target.id) return
  db.write(() => {
    persons.save(target, { data: new Map([...source.data, ...target.data]) })
    persons.save(source, { email: undefined, data: new Map(), block: undefined })
    db.run('UPDATE person SET forwarded_to = ? WHERE forwarded_to = ?', target.id, source.id)
    db.run('UPDATE person SET forwarded_to = ? WHERE id = ?', target.id, source.id)
    db.run('UPDATE OR IGNORE person_key SET person_id = ? WHERE person_id = ?', target.id, source.id)
    db.run('DELETE FROM person_key WHERE person_id = ?', source.id)
    db.run('UPDATE step SET person_id = ? WHERE person_id = ?', target.id, source.id)
    db.run('UPDATE OR IGNORE membership SET person_id = ? WHERE person_id = ?', target.id, source.id)
    db.run('DELETE FROM membership WHERE person_id = ?', source.id)
    db.run('UPDATE shareable SET person_id = ? WHERE person_id = ?', target.id, source.id)
    db.run('UPDATE OR IGNORE relationship SET advocate_id = ? WHERE advocate_id = ?', target.id, source.id)
    db.run('UPDATE OR IGNORE relationship SET friend_id = ? WHERE friend_id = ?', target.id, source.id)
    db.run(
      'DELETE FROM relationship WHERE advocate_id = ? OR friend_id = ? OR advocate_id = friend_id',
      source.id,
      source.id,
    )
    db.run('UPDATE identity_log SET person_id = ? WHERE person_id = ?', target.id, source.id)
    logShift(context, target.id, target.version + 1, 'IDENTITY_MERGED', source.email)
  })
}

/** Notes a change of identity in the person's history. */
export function logShift(
  context: Context,
  id: string,
  version: number,
  type: ShiftType,
  oldValue: string | undefined,
): void {
  const entry = {
    type: 'IDENTITY_SHIFT',
    identity_shape_shift_type: type,
    identity_profile_update_version: version,
    old_identity_key_name: 'email',
    ...(oldValue === undefined ? {} : { old_identity_key_value: oldValue }),
  }
  context.db.run(
    'INSERT INTO identity_log (id, person_id, log_ms, entry) VALUES (?, ?, ?, ?)',
    context.nextId(),
    id,
    context.clock.nowMs(),
    JSON.stringify(entry),
  )
}
