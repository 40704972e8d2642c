/** `/v5/persons/{id}/steps` (contract 7.3). */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { Row } from '../store/database.ts'
import { formatTime } from '../time.ts'
import { personOf } from './person-routes.ts'
import { type Call, filter, page, type Route } from './route.ts'

const STEPS_LIMIT = 20
/** The program every step of the default set-up belongs to (contract 14). */
export const PROGRAM_LABEL = 'segment'
const COLUMNS = `CAST(id AS TEXT) AS id, name, CAST(event_id AS TEXT) AS event_id, CAST(root_event_id AS TEXT) AS root_event_id,
  event_ms, created_ms, quality, container, is_primary, data`

export function stepRoutes(context: Context): Route[] {
  return [
    {
      method: 'GET',
      path: '/v5/persons/:person_id/steps',
      auth: 'USER_SUPPORT',
      handle: (call) => {
        const person = personOf(context, call)
        const { limit, offset } = page(call, STEPS_LIMIT)
        const keep = stepFilter(call)
        const rows = context.db.all(
          `SELECT ${COLUMNS} FROM step WHERE person_id = ? ORDER BY event_ms DESC, id DESC`,
          person.id,
        )
        return {
          body: rows
            .map(shown)
            .filter(keep)
            .slice(offset, offset + limit),
        }
      },
    },
  ]
}

type Step = ReturnType<typeof shown>

function shown(row: Row) {
  const data = JSON.parse(String(row.data)) as [string, string, string][]
  const eventId = String(row.root_event_id)
  return {
    id: String(row.id),
    name: String(row.name),
    event_id: String(row.event_id),
    cause_event_id: eventId,
    root_event_id: eventId,
    event_date: formatTime(Number(row.event_ms)),
    created_date: formatTime(Number(row.created_ms)),
    updated_date: formatTime(Number(row.created_ms)),
    quality: String(row.quality),
    scope: 'PRIVATE',
    container: String(row.container),
    is_primary: row.is_primary === 1,
    program: PROGRAM_LABEL,
    data: Object.fromEntries(data.map(([name, scope, json]) => [name, { name, scope, value: parseJson(json) }])),
  }
}

/** Every filter given must hold. Names are compared without regard to case, as rules compare them. */
function stepFilter(call: Call): (step: Step) => boolean {
  const names = filterNames(call)
  const programs = filter(call, 'programs')
  const containers = filter(call, 'containers')
  const dataKeys = filter(call, 'data_keys')
  const eventIds = filter(call, 'event_ids')
  const causes = filter(call, 'cause_event_ids')
  const roots = filter(call, 'root_event_ids')
  const isPrimary = call.query.get('is_primary')
  for (const pair of call.query.getAll('journey_key_values')) {
    if (pair.indexOf(':') < 1) throw new ExtoleError('value_does_not_follow_pattern', { journey_key_values: pair })
  }
  // Steps of this program belong to no campaign journey, so asking for one finds none.
  const asksForJourney = ['campaign_ids', 'journey_names', 'journey_key_names', 'journey_key_values'].some((name) =>
    call.query.get(name),
  )
  return (step) =>
    !asksForJourney &&
    (names?.has(step.name.toLowerCase()) ?? true) &&
    (programs?.has(step.program) ?? true) &&
    (containers?.has(step.container) ?? true) &&
    (eventIds?.has(step.event_id) ?? true) &&
    (causes?.has(step.cause_event_id) ?? true) &&
    (roots?.has(step.root_event_id) ?? true) &&
    (dataKeys === undefined || [...dataKeys].some((key) => Object.hasOwn(step.data, key))) &&
    (isPrimary === null || isPrimary === '' || step.is_primary === (isPrimary === 'true'))
}

function filterNames(call: Call): ReadonlySet<string> | undefined {
  const names = filter(call, 'names')
  return names && new Set([...names].map((name) => name.toLowerCase()))
}
