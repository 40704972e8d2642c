/** What may be said of audiences and computed traits, in Segment's shapes (segment contract 8.3). */
import { type Static, Type } from 'typebox'
import type { Level } from '../../engage/index.ts'
import { EVERY_MINUTES_MAX, EVERY_MINUTES_MIN, ID_STRATEGIES } from '../../workspace/index.ts'
import { invalid } from '../problems.ts'

export const Query = Type.Object(
  {
    query: Type.String({ minLength: 1 }),
    type: Type.Optional(Type.Enum(['USERS', 'users', 'ACCOUNTS', 'accounts'])),
  },
  { additionalProperties: false },
)
export const AudienceType = Type.Optional(Type.Enum(['USERS', 'ACCOUNTS']))
/** What can be said of a computation at one destination. */
export const connectionFields = {
  form: Type.Optional(Type.Enum(['identify', 'track', 'group'])),
  enteredEvent: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  exitedEvent: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  enrichTraits: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })),
  everyMinutes: Type.Integer({ minimum: EVERY_MINUTES_MIN, maximum: EVERY_MINUTES_MAX }),
  idSyncConfiguration: Type.Optional(
    Type.Array(
      Type.Object(
        {
          externalId: Type.String(),
          strategy: Type.Enum([...ID_STRATEGIES]),
          mapTo: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  ),
}
const Connections = Type.Array(
  Type.Object(
    {
      destinationId: Type.String(),
      ...connectionFields,
      everyMinutes: Type.Optional(connectionFields.everyMinutes),
    },
    { additionalProperties: false },
  ),
  { maxItems: 50 },
)
export const Create = Type.Object(
  {
    name: Type.String(),
    definition: Query,
    description: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    key: Type.Optional(Type.String({ maxLength: 100 })),
    audienceType: AudienceType,
    options: Type.Optional(
      Type.Object(
        {
          includeAnonymousUsers: Type.Optional(Type.Boolean()),
          includeHistoricalData: Type.Optional(Type.Boolean()),
          // Of audiences, and of computed traits.
          backfillEventDataDays: Type.Optional(Type.Integer()),
          backfillDurationDays: Type.Optional(Type.Integer()),
          filterByExternalIds: Type.Optional(Type.Array(Type.String())),
        },
        { additionalProperties: false },
      ),
    ),
    destinationConnections: Type.Optional(Connections),
  },
  { additionalProperties: false },
)
export const Update = Type.Object(
  {
    name: Type.Optional(Type.String()),
    definition: Type.Optional(Query),
    description: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    destinationConnections: Type.Optional(Connections),
    /** With `enabled: false`: members are told that it is over. */
    sendExits: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** Segment says it of a trait's definition, and beside an audience's. */
export function levelOf({ definition, audienceType }: LevelAsked): Level {
  const type = definition.type?.toUpperCase()
  if (audienceType !== undefined && type !== undefined && type !== audienceType)
    throw invalid('audienceType', `is ${audienceType}, and definition.type ${type}: give one of both`)
  return (audienceType ?? type) === 'ACCOUNTS' ? 'accounts' : 'users'
}
type LevelAsked = { readonly definition: { readonly type?: string }; readonly audienceType?: string | undefined }

export const activationOf = ({ idSyncConfiguration, ...rest }: Static<typeof Connections>[number]) => ({
  ...rest,
  ...(idSyncConfiguration === undefined ? {} : { idSync: idSyncConfiguration }),
})
