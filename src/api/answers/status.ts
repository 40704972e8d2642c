import { Type } from 'typebox'
import { answering, named, type Shown, sending } from './operation.ts'
import { orNull, Time } from './shared.ts'

const Milliseconds = Type.Number({ description: 'Unix milliseconds.' })

export const Status = named('Status', 'Whether everything adds up, what waits and why.', {
  log: Type.Object({
    start: Type.Integer(),
    end: Type.Integer(),
    processed: Type.Integer(),
    behind: Type.Integer({ description: 'Records that are not worked through yet.' }),
  }),
  conservation: Type.Object({
    holds: Type.Boolean(),
    lines: Type.Array(
      Type.Object({
        id: Type.String({ description: "A source's id or a destination's number." }),
        equation: Type.Enum(['source', 'routing', 'deliveries']),
        left: Type.Integer(),
        right: Type.Integer(),
        parts: Type.Record(Type.String(), Type.Integer()),
        holds: Type.Boolean(),
      }),
    ),
  }),
  reasons: Type.Array(
    Type.Object({
      scope: Type.Enum(['source', 'destination', 'replay', 'space']),
      id: Type.String(),
      name: Type.String(),
      by: Type.Integer(),
    }),
  ),
  destinations: Type.Array(
    Type.Object({
      id: Type.String(),
      number: Type.Integer(),
      name: Type.String(),
      sourceId: Type.String(),
      enabled: Type.Boolean(),
      account: Type.Optional(Type.Integer({ description: 'Those with the same one share hold, breaker and pace.' })),
      hold: orNull(Type.Object({ reason: Type.String(), sinceMs: Milliseconds, detail: Type.String() })),
      breakerOpenSinceMs: orNull(Milliseconds),
      nextProbeMs: orNull(Milliseconds),
      requestsAtOnceMax: Type.Number(),
      requestsPerSecondMax: orNull(Type.Number()),
      requestsUnderWay: Type.Integer(),
      lanesWaiting: Type.Integer(),
      lanesParked: Type.Integer(),
      nextRetryMs: orNull(Milliseconds),
      lastFailure: orNull(
        Type.Object(
          {
            atMs: Milliseconds,
            reason: Type.String({ description: 'Such as `status_503`, `ECONNREFUSED` or `unauthorized`.' }),
            status: orNull(Type.Integer({ description: 'HTTP status; null when there was no answer.' })),
            host: orNull(Type.String({ description: 'That was asked; null when there was no request.' })),
          },
          { description: 'The last attempt that failed and is made again, since the start.' },
        ),
      ),
      oldestWaitingMs: orNull(
        Type.Number({
          description: 'When the oldest event that waits was received, replays apart; null when none waits.',
        }),
      ),
    }),
  ),
  server: Type.Object({
    version: Type.String(),
    startedAt: Time,
    state: Type.Enum(['SQLite', 'PostgreSQL'], { description: 'What keeps the state.' }),
    logBytes: Type.Integer(),
    logBytesMax: Type.Integer({ description: 'At which ingest answers 503.' }),
    logDays: Type.Integer({ description: 'How long events stay in the log.' }),
    diskFreeBytes: Type.Integer({ description: "On the data directory's disk." }),
    extoleSandbox: orNull(Type.String({ description: 'URL of the Extole sandbox that runs beside this server.' })),
    alertsTo: orNull(Type.String({ description: 'Host that alerts are posted to.' })),
  }),
  configVersion: Type.Integer(),
  warnings: Type.Array(Type.String()),
  egressAllow: Type.Array(Type.String()),
})
export type Status = Shown<typeof Status>
export type ServerFacts = Status['server']

const alert = {
  id: Type.String(),
  kind: Type.Enum([
    ...(['hold', 'breaker_open', 'backlog', 'dead_letters'] as const),
    ...(['log_nearly_full', 'disk_nearly_full', 'counts', 'backup_failed', 'backup_overdue'] as const),
  ]),
  destinations: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  since: Time,
  message: Type.String(),
  nextStep: Type.String(),
  detail: orNull(Type.String({ description: 'What the destination said, secrets masked.' })),
}
export const Alert = named('Alert', 'What needs a person now, and what to do about it.', alert)
export type Alert = Shown<typeof Alert>
export const ClosedAlert = named('ClosedAlert', 'An alert that ended.', { ...alert, closedAt: Time })
export type ClosedAlert = Shown<typeof ClosedAlert>

export const getStatus = answering('getStatus', 'Whether everything adds up, what waits and why', Status)
export const listAlerts = answering('listAlerts', 'What needs a person now, and the alerts that ended last', {
  alerts: Type.Array(Alert),
  closed: Type.Array(ClosedAlert),
})
export const watchEvents = sending('watchEvents', 'Events and what becomes of them, as they happen', {
  'text/event-stream': Type.String({ description: 'Server-sent events: docs/operations.md, The live stream.' }),
})
