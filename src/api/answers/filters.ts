import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { Done, Event, orNull, Pagination, Time } from './shared.ts'

export const FilterAction = named('FilterAction', 'What a filter does to an event that meets its condition.', {
  type: Type.Enum(['DROP', 'SAMPLE', 'DROP_PROPERTIES', 'ALLOW_PROPERTIES']),
  percent: Type.Optional(Type.Number({ description: 'From 0 to 1: the share that passes.' })),
  path: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
})

export const Filter = named('Filter', 'Keeps events, or parts of them, from one destination.', {
  id: Type.String(),
  title: Type.String(),
  description: Type.Optional(Type.String()),
  if: Type.String({ description: 'In FQL.' }),
  actions: Type.Array(FilterAction),
  enabled: Type.Boolean(),
  sourceId: orNull(Type.String()),
  destinationId: Type.String(),
  createdAt: Time,
  updatedAt: Time,
})
export type Filter = Shown<typeof Filter>

export const listFiltersFromDestination = answering('listFiltersFromDestination', 'Filters of a destination', {
  filters: Type.Array(Filter),
  pagination: Pagination,
})
export const createFilterForDestination = answering(
  'createFilterForDestination',
  'Makes a filter',
  { filter: Filter },
  {
    example: {
      title: 'No tests',
      if: 'properties.isTest = true',
      actions: [{ type: 'DROP' }],
      enabled: true,
    },
  },
)
export const getFilterInDestination = answering('getFilterInDestination', 'A filter', { filter: Filter })
export const updateFilterForDestination = answering('updateFilterForDestination', 'Changes a filter', {
  filter: Filter,
})
export const removeFilterFromDestination = answering('removeFilterFromDestination', 'Deletes a filter', Done)
export const previewDestinationFilter = answering(
  'previewDestinationFilter',
  'What a destination would see of an event',
  {
    inputPayload: Event,
    result: orNull(Event),
    problem: Type.Optional(Type.String({ description: 'Why the filter cannot be evaluated.' })),
  },
  {
    example: {
      filter: { if: 'type = "track"', actions: [{ type: 'DROP_PROPERTIES', fields: { properties: ['card'] } }] },
      payload: { type: 'track', event: 'Order Completed', properties: { total: 20, card: '4111' } },
    },
  },
)

export const SpaceFilter = named('SpaceFilter', "Keeps events from having a part in a space's profiles.", {
  id: Type.String(),
  integrationId: Type.String({ description: 'Id of the space.' }),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  if: Type.String({ description: 'In FQL.' }),
  enabled: Type.Boolean(),
  drop: Type.Literal(true),
  createdAt: Time,
  updatedAt: Time,
})
export type SpaceFilter = Shown<typeof SpaceFilter>

export const listFilters = answering('listFilters', 'Filters of a space', {
  filters: Type.Array(SpaceFilter),
  pagination: Pagination,
})
export const createFilter = answering(
  'createFilter',
  'Makes a filter of a space',
  { filter: SpaceFilter },
  { example: { integrationId: 'the id of a space', name: 'No tests', if: 'properties.isTest = true' } },
)
export const getFilter = answering('getFilter', 'A filter of a space', { filter: SpaceFilter })
export const updateFilter = answering('updateFilter', 'Changes a filter of a space', { filter: SpaceFilter })
export const deleteFilter = answering('deleteFilter', 'Deletes a filter of a space; profiles stay as they are', Done)
