import type { ApiDeps } from './deps.ts'

/**
 * Of each destination that is switched on the others that lead to the same account: a deletion is told there once, by the
 * first of them.
 */
export function sharedAccounts({ config, catalog }: Pick<ApiDeps, 'config' | 'catalog'>): (id: string) => string[] {
  const accountOf = new Map(
    [...config().destinations.values()].flatMap(({ id, kind, enabled, settings }) => {
      const entry = catalog.find(kind)
      return entry === undefined || !enabled ? [] : [[id, `${kind}\n${entry.credentialKey(settings)}`]]
    }),
  )
  const idsOf = Map.groupBy(accountOf.keys(), (id) => accountOf.get(id))
  return (id) => (accountOf.has(id) ? (idsOf.get(accountOf.get(id)) ?? []).filter((each) => each !== id) : [])
}
