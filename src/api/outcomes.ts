/** What became of one event at each destination, in short: `explain.ts` says it at length. */
import type { EventOutcome } from './answers/profiles.ts'
import type { ApiDeps } from './deps.ts'
import { LEDGER_ROWS_MAX } from './ledger.ts'

export async function outcomesOf(deps: Pick<ApiDeps, 'state' | 'config'>, position: number): Promise<EventOutcome[]> {
  const [routing, rows] = await Promise.all([
    deps.state.routing(position),
    deps.state.ledger({ position, limit: LEDGER_ROWS_MAX }),
  ])
  const instances = new Map([...deps.config().destinations.values()].map((each) => [each.number, each]))
  const at = (number: number) => {
    const instance = instances.get(number)
    return { destinationId: instance?.id ?? null, destination: instance?.name ?? 'a destination that was deleted' }
  }
  const filtered = Object.entries(routing?.decisions ?? {}).flatMap(([number, reason]): EventOutcome[] =>
    reason === null ? [] : [{ ...at(Number(number)), became: 'filtered', reason }],
  )
  return [...rows.map(({ instance, state, reason }) => ({ ...at(instance), became: state, reason })), ...filtered]
}
