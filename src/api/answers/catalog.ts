import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { Fields, Logos, Notices, orNull, Pagination } from './shared.ts'

const Choices = Type.Unknown({ description: 'A list of values, or of values with labels.' })

export const ActionField = named('ActionField', 'A field that an action fills from an event.', {
  id: Type.String(),
  sortOrder: Type.Integer(),
  fieldKey: Type.String(),
  label: Type.String(),
  type: Type.String(),
  description: Type.String(),
  placeholder: Type.Optional(Type.String()),
  defaultValue: Type.Optional(Type.Unknown()),
  required: Type.Boolean(),
  multiple: Type.Boolean(),
  choices: Type.Optional(Choices),
  dynamic: Type.Boolean({ description: 'Whether its choices come from the destination.' }),
  allowNull: Type.Boolean(),
})
export type ActionField = Shown<typeof ActionField>

export const Action = named('Action', 'Something a destination can be asked to do.', {
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  description: Type.String(),
  platform: Type.Enum(['WEB', 'CLOUD']),
  hidden: Type.Boolean(),
  defaultTrigger: orNull(Type.String()),
  fields: Type.Array(ActionField),
})
export type Action = Shown<typeof Action>

export const DestinationMetadata = named('DestinationMetadata', 'An entry of the catalog: a kind of destination.', {
  id: Type.String(),
  name: Type.String(),
  slug: Type.String(),
  description: Type.String(),
  logos: Logos,
  options: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.String(),
      required: Type.Boolean(),
      label: Type.String(),
      description: Type.String(),
      defaultValue: Type.Optional(Type.Unknown()),
      choices: Type.Optional(Choices),
    }),
    { description: 'Its settings.' },
  ),
  status: Type.Enum(['PUBLIC', 'UNAVAILABLE'], { description: '`UNAVAILABLE`: it is not installed any more.' }),
  previousNames: Type.Array(Type.String()),
  categories: Type.Array(Type.String()),
  website: Type.String(),
  components: Type.Array(Type.Unknown(), { maxItems: 0 }),
  supportedFeatures: Type.Object({
    cloudModeInstances: Type.Optional(Type.String()),
    deviceModeInstances: Type.Optional(Type.String()),
    replay: Type.Optional(Type.Boolean()),
  }),
  supportedMethods: Type.Object({
    pageview: Type.Optional(Type.Boolean()),
    identify: Type.Optional(Type.Boolean()),
    alias: Type.Optional(Type.Boolean()),
    track: Type.Optional(Type.Boolean()),
    group: Type.Optional(Type.Boolean()),
  }),
  supportedPlatforms: Type.Object({
    browser: Type.Optional(Type.Boolean()),
    server: Type.Optional(Type.Boolean()),
    mobile: Type.Optional(Type.Boolean()),
  }),
  actions: Type.Array(Action),
  presets: Type.Array(
    Type.Object({ actionId: Type.String(), name: Type.String(), fields: Fields, trigger: Type.String() }),
    { description: 'Mappings that a new destination begins with.' },
  ),
  origin: Type.Optional(Type.Enum(['built-in', 'segment', 'own'], { description: 'Who wrote it.' })),
})
export type DestinationMetadata = Shown<typeof DestinationMetadata>

export const getDestinationsCatalog = answering(
  'getDestinationsCatalog',
  'What can be added as a destination',
  { destinationsCatalog: Type.Array(DestinationMetadata), pagination: Pagination },
  { beside: { notices: Notices } },
)
export const refreshDestinationsCatalog = answering(
  'refreshDestinationsCatalog',
  "Reads anew which of Segment's destinations are installed",
  { totalEntries: Type.Integer() },
  { beside: { notices: Notices } },
)
export const getDestinationMetadata = answering('getDestinationMetadata', 'An entry of the catalog', {
  destinationMetadata: DestinationMetadata,
})
