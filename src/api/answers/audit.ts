import { Type } from 'typebox'
import { answering, named, type Shown, sending } from './operation.ts'
import { OpenPagination, orNull, Time } from './shared.ts'

export const AuditEvent = named('AuditEvent', 'A change, by whom and from where.', {
  id: Type.String(),
  timestamp: Time,
  type: Type.String(),
  actor: Type.String(),
  actorEmail: Type.Optional(Type.String()),
  actorKind: Type.String(),
  actorName: Type.String(),
  address: orNull(Type.String()),
  resourceId: Type.String(),
  resourceType: Type.String(),
  resourceName: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
})
export type AuditEvent = Shown<typeof AuditEvent>

export const listAuditEvents = answering('listAuditEvents', 'Changes, newest first', {
  events: Type.Array(AuditEvent),
  pagination: OpenPagination,
})
export const exportAuditEvents = sending('exportAuditEvents', 'All changes as a file, oldest first', {
  'text/csv': Type.String(),
  'application/x-ndjson': Type.String(),
})
export const verifyAuditEvents = answering('verifyAuditEvents', 'Whether the trail is whole', {
  verification: Type.Union([
    Type.Object({ intact: Type.Literal(true), rows: Type.Integer() }),
    Type.Object({
      intact: Type.Literal(false),
      brokenAtSeq: Type.Integer({ description: 'The first row that is missing or does not fit.' }),
    }),
  ]),
})
