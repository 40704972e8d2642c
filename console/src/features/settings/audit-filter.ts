/** What the audit log is narrowed to; it stands in the address. Pure. */
export interface AuditFilter {
  readonly type?: string
  readonly id?: string
  /** Days, e.g. `2026-11-27`, in UTC: from the beginning of one to the end of the other. */
  readonly from?: string
  readonly to?: string
  /** Where older changes begin. */
  readonly cursor?: string
}

/** What can be changed: as the trail names it, and in words. */
export const RESOURCE_TYPES = [
  { value: 'WORKSPACE', label: 'Workspace' },
  { value: 'SOURCE', label: 'Source' },
  { value: 'DESTINATION', label: 'Destination' },
  { value: 'SUBSCRIPTION', label: 'Mapping' },
  { value: 'DESTINATION_FILTER', label: 'Destination filter' },
  { value: 'SPACE', label: 'Space' },
  { value: 'SPACE_FILTER', label: 'Space filter' },
  { value: 'AUDIENCE', label: 'Audience' },
  { value: 'COMPUTED_TRAIT', label: 'Computed trait' },
  { value: 'USER', label: 'User' },
  { value: 'INVITE', label: 'Invitation' },
  { value: 'USER_GROUP', label: 'Group' },
  { value: 'TOKEN', label: 'Token' },
  { value: 'LABEL', label: 'Label' },
  { value: 'REGULATION', label: 'Deletion' },
  { value: 'REPLAY', label: 'Replay' },
] as const

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000
/** A year that is still being written is none: `0002`. */
const FIRST_MS = Date.UTC(2000, 0)

/** From the search of an address; what does not fit is left out. */
export function auditFilterOf(search: Record<string, unknown>): AuditFilter {
  const filter: Record<string, string> = {}
  const type = RESOURCE_TYPES.find(({ value }) => value === search['type'])
  if (type !== undefined) filter['type'] = type.value
  for (const name of ['id', 'cursor'] as const) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') filter[name] = String(value)
  }
  for (const name of ['from', 'to'] as const) {
    const value = search[name]
    if (typeof value === 'string' && DAY.test(value) && Date.parse(value) >= FIRST_MS) filter[name] = value
  }
  return filter
}

/** What the server is asked. */
export function auditQueryOf({ type, id, from, to, cursor }: AuditFilter): Readonly<Record<string, string>> {
  return {
    ...(type === undefined ? {} : { resourceType: type }),
    ...(id === undefined ? {} : { resourceId: id }),
    ...(from === undefined ? {} : { startTime: `${from}T00:00:00.000Z` }),
    ...(to === undefined ? {} : { endTime: new Date(Date.parse(to) + DAY_MS).toISOString() }),
    ...(cursor === undefined ? {} : { 'pagination.cursor': cursor }),
  }
}
