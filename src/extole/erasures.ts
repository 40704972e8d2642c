/** Erasure (contract 8.1): everything about the individual goes, irreversibly; a later event makes a new person. */
import type { Context } from './context.ts'
import { normalizeEmail } from './identity.ts'
import { PROFILE_KEY } from './program.ts'

export interface ErasureRequest {
  readonly email: string | undefined
  readonly partnerUserId: string | undefined
}

/**
 * Erases every person with the email or the partner user id, which is not unique (contract 8.1). Answers how many.
 * Erasing nobody is a success, so that a delete can be repeated.
 */
export function erase(context: Context, { email, partnerUserId }: ErasureRequest): number {
  const { persons, db } = context
  const normal = email === undefined ? undefined : normalizeEmail(email)
  return db.write(() => {
    let erased = 0
    // A lookup answers at most a page of matches, and an erased person matches no more.
    for (;;) {
      const byEmail = normal === undefined ? [] : persons.withKey('email', normal)
      const byPartner = partnerUserId === undefined ? [] : persons.withKey(PROFILE_KEY, partnerUserId)
      const ids = new Set([...byEmail, ...byPartner].map((one) => one.id))
      if (ids.size === 0) return erased
      for (const id of ids) erasePerson(context, id)
      erased += ids.size
    }
  })
}

function erasePerson({ db }: Context, id: string): void {
  // The keys that made this person's events unique are personal data too, so they go with the steps they guarded.
  for (const row of db.all(
    'SELECT name, container, unique_keys FROM step WHERE person_id = ? AND unique_keys IS NOT NULL',
    id,
  )) {
    for (const key of JSON.parse(String(row.unique_keys)) as { name: string; value: string }[]) {
      db.run(
        'DELETE FROM seen_key WHERE container = ? AND event = ? AND name = ? AND value = ?',
        String(row.container),
        String(row.name),
        key.name,
        key.value,
      )
    }
  }
  db.run('DELETE FROM step WHERE person_id = ?', id)
  db.run('DELETE FROM person_key WHERE person_id = ?', id)
  db.run('DELETE FROM membership WHERE person_id = ?', id)
  db.run('DELETE FROM shareable WHERE person_id = ?', id)
  db.run('DELETE FROM relationship WHERE advocate_id = ? OR friend_id = ?', id, id)
  db.run('DELETE FROM identity_log WHERE person_id = ?', id)
  db.run(
    `UPDATE person SET erased = 1, email = NULL, block = NULL, data = '[]', version = version + 1 WHERE id = ?`,
    id,
  )
}

/** Runs an erasure when the `erasure_delay_seconds` switch says so; kept in the file, so a restart does not lose it. */
export interface ErasureQueue {
  /** Erases now, or notes when to. */
  request(request: ErasureRequest): void
  /** Takes up what an earlier run left. */
  resume(): void
}

export function erasureQueue(context: Context): ErasureQueue {
  const { db, clock, nextId, settings } = context

  function runDue(): void {
    const due = db.all(
      'SELECT CAST(id AS TEXT) AS id, email, partner_user_id FROM erasure WHERE due_ms <= ?',
      clock.nowMs(),
    )
    for (const row of due) {
      db.write(() => {
        erase(context, { email: text(row.email), partnerUserId: text(row.partner_user_id) })
        db.run('DELETE FROM erasure WHERE id = ?', String(row.id))
      })
    }
  }

  function wake(dueMs: number): void {
    clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      if (!db.isOpen) return
      // Timers and the wall clock are two clocks: one may say that it is time a moment before the other does.
      if (clock.nowMs() < dueMs) wake(dueMs)
      else runDue()
    })
  }

  return {
    request(request) {
      const delayMs = settings().erasure_delay_seconds * 1000
      if (delayMs === 0) {
        erase(context, request)
        return
      }
      const nowMs = clock.nowMs()
      db.write(() =>
        db.run(
          'INSERT INTO erasure (id, email, partner_user_id, created_ms, due_ms) VALUES (?, ?, ?, ?, ?)',
          nextId(),
          request.email ?? null,
          request.partnerUserId ?? null,
          nowMs,
          nowMs + delayMs,
        ),
      )
      wake(nowMs + delayMs)
    },
    resume() {
      for (const row of db.all('SELECT due_ms FROM erasure')) wake(Number(row.due_ms))
    },
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
