/** `/v6/prehandlers` (contract 6.1) and the block rules that run after them. */
import { type BlockRule, matchingBlocks, parseBlockRules } from '../blocks.ts'
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { isId } from '../ids.ts'
import { toJson } from '../json.ts'
import { applyPrehandlers, notRun, type Prehandler, parsePrehandler, type Reshape } from '../prehandlers.ts'
import type { Meta } from '../store/meta.ts'
import { type Call, jsonBody, objectBody, page, type Route } from './route.ts'

interface Stored extends Prehandler {
  readonly id: string
  readonly archived: boolean
}

const PREHANDLERS_LIMIT = 100

export interface Prehandling {
  readonly routes: Route[]
  /** Applies what the routes configured to an event. */
  readonly reshape: Reshape
  /** Adds a prehandler unless one has its name. */
  readonly ensure: (prehandler: Prehandler) => void
}

export function prehandlerRoutes(context: Context, meta: Meta): Prehandling {
  const { db, nextId, clock } = context
  let cached: readonly Stored[] | undefined
  let rules: readonly BlockRule[] = JSON.parse(meta.get('block_rules') ?? '[]')

  const all = (): readonly Stored[] => {
    cached ??= db
      .all('SELECT CAST(id AS TEXT) AS id, record, archived FROM prehandler ORDER BY id')
      .map((row) => ({
        ...(JSON.parse(String(row.record)) as Prehandler),
        id: String(row.id),
        archived: row.archived === 1,
      }))
      .sort((a, b) => a.order - b.order)
    return cached
  }
  const write = (change: () => void) => {
    db.write(change)
    cached = undefined
  }
  const find = (call: Call): Stored => {
    const id = call.params.id ?? ''
    const found = isId(id) ? all().find((one) => one.id === id) : undefined
    if (found === undefined) throw new ExtoleError('prehandler_not_found', { prehandler_id: id })
    return found
  }
  const requireFreeName = (name: string, id?: string) => {
    if (all().some((one) => one.name === name && one.id !== id))
      throw new ExtoleError('prehandler_name_duplicate', { name })
  }
  const put = (id: string, prehandler: Prehandler, archived: boolean): Stored => {
    write(() =>
      db.run(
        'INSERT OR REPLACE INTO prehandler (id, record, archived, created_ms) VALUES (?, ?, ?, ?)',
        id,
        toJson(prehandler),
        archived ? 1 : 0,
        clock.nowMs(),
      ),
    )
    return { ...prehandler, id, archived }
  }
  const setArchived = (archived: boolean) => (call: Call) => {
    const { id, archived: _, ...prehandler } = find(call)
    return { body: shown(put(id, prehandler, archived)) }
  }
  const list = (call: Call) => {
    const { limit, offset } = page(call, PREHANDLERS_LIMIT)
    const withArchived = call.query.get('include_archived') === 'true'
    return {
      body: all()
        .filter((one) => withArchived || !one.archived)
        .slice(offset, offset + limit)
        .map(shown),
    }
  }
  const remove = (call: Call) => {
    const found = find(call)
    write(() => db.run('DELETE FROM prehandler WHERE id = ?', found.id))
    return { body: shown(found) }
  }
  const get = (call: Call) => ({ body: shown(find(call)) })
  const auth = 'CLIENT_ADMIN'
  const base = '/v6/prehandlers'

  const routes: Route[] = [
    { method: 'GET', path: base, auth, handle: list },
    { method: 'GET', path: `${base}/built`, auth, handle: list },
    {
      method: 'POST',
      path: base,
      auth,
      handle: (call) => {
        const prehandler = parsePrehandler(objectBody(call))
        requireFreeName(prehandler.name)
        return { body: shown(put(nextId(), prehandler, false)) }
      },
    },
    { method: 'GET', path: `${base}/:id`, auth, handle: get },
    { method: 'GET', path: `${base}/:id/built`, auth, handle: get },
    {
      method: 'PUT',
      path: `${base}/:id`,
      auth,
      handle: (call) => {
        const { id, archived, ...current } = find(call)
        const prehandler = parsePrehandler(objectBody(call), current)
        requireFreeName(prehandler.name, id)
        return { body: shown(put(id, prehandler, archived)) }
      },
    },
    { method: 'POST', path: `${base}/:id/archive`, auth, handle: setArchived(true) },
    { method: 'POST', path: `${base}/:id/unarchive`, auth, handle: setArchived(false) },
    { method: 'DELETE', path: `${base}/:id`, auth, handle: remove },
    { method: 'GET', path: '/sandbox/block-rules', auth: 'none', isControl: true, handle: () => ({ body: rules }) },
    {
      method: 'PUT',
      path: '/sandbox/block-rules',
      auth: 'none',
      isControl: true,
      handle: (call) => {
        const parsed = parseBlockRules(jsonBody(call))
        meta.set('block_rules', JSON.stringify(parsed))
        rules = parsed
        return { body: rules }
      },
    },
  ]
  return {
    routes,
    ensure: (prehandler) => {
      if (!all().some((one) => one.name === prehandler.name)) put(nextId(), prehandler, false)
    },
    reshape: (event, origin) => {
      const active = all().filter((one) => !one.archived)
      const reshaped =
        active.length === 0
          ? event
          : applyPrehandlers(active, event, origin, ({ data }) => matchingBlocks(rules, data, origin))
      const met = matchingBlocks(rules, reshaped.data, origin)
      if (met.size > 0) throw new ExtoleError('event_blocked', { block_types: [...met] })
      return reshaped
    },
  }
}

function shown(stored: Stored) {
  const scripts = notRun(stored)
  return scripts.length === 0 ? stored : { ...stored, sandbox_note: `${scripts.join(', ')} is stored and not run here` }
}
