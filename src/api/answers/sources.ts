import { Type } from 'typebox'
import { Destination } from './destinations.ts'
import { answering, named, type Shown } from './operation.ts'
import { Done, Fields, Logos, orNull, Pagination, Time } from './shared.ts'

export const Workspace = named('Workspace', 'The one workspace of the server.', {
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
})

export const Label = named('Label', 'A word on a source, for people.', {
  key: Type.String(),
  value: Type.String(),
  description: Type.Optional(Type.String()),
})

export const SourceMetadata = named('SourceMetadata', 'A kind of source.', {
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  description: Type.String(),
  logos: Logos,
  options: Type.Array(Type.Unknown(), { maxItems: 0 }),
  categories: Type.Array(Type.String()),
  isCloudEventSource: Type.Boolean(),
  status: Type.Literal('PUBLIC'),
})
export type SourceMetadata = Shown<typeof SourceMetadata>

export const Source = named('Source', 'Where events come from.', {
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  enabled: Type.Boolean(),
  writeKeys: Type.Array(Type.String()),
  workspaceId: Type.String(),
  metadata: SourceMetadata,
  settings: Fields,
  labels: Type.Array(Label),
})
export type Source = Shown<typeof Source>

export const getWorkspace = answering('getWorkspace', 'The workspace', { workspace: Workspace })
export const listSources = answering('listSources', 'Sources, with their write keys', {
  sources: Type.Array(Source),
  pagination: Pagination,
})
export const createSource = answering(
  'createSource',
  'Makes a source',
  { source: Source },
  { statuses: [201], example: { slug: 'website', metadataId: 'javascript', name: 'Website' } },
)
export const getSource = answering('getSource', 'A source', { source: Source, trackingPlanId: Type.Null() })
export const updateSource = answering('updateSource', 'Changes a source', { source: Source })
export const deleteSource = answering('deleteSource', 'Deletes a source that has no destinations', Done)
export const listConnectedDestinationsFromSource = answering(
  'listConnectedDestinationsFromSource',
  'Destinations of a source',
  { destinations: Type.Array(Destination), pagination: Pagination },
)
export const createWriteKeyForSource = answering('createWriteKeyForSource', 'Adds a write key beside those that work', {
  source: Source,
})
export const listWriteKeys = answering('listWriteKeys', 'Write keys of a source, and when each was last used', {
  since: Time,
  writeKeys: Type.Array(Type.Object({ writeKey: Type.String(), lastUsedAt: orNull(Time) })),
})
export const removeWriteKeyFromSource = answering('removeWriteKeyFromSource', 'Ends a write key at once', Done)

export const listLabels = answering('listLabels', 'Labels of the workspace', { labels: Type.Array(Label) })
export const createLabel = answering(
  'createLabel',
  'Makes a label',
  { label: Label },
  { statuses: [201], example: { label: { key: 'environment', value: 'production' } } },
)
export const deleteLabel = answering('deleteLabel', 'Deletes a label; sources lose it', Done)
export const addLabelsToSource = answering('addLabelsToSource', 'Puts labels on a source', {
  labels: Type.Array(Label),
})
export const replaceLabelsInSource = answering('replaceLabelsInSource', 'Gives a source these labels and no other', {
  labels: Type.Array(Label),
})

export const getSourcesCatalog = answering('getSourcesCatalog', 'Kinds of sources', {
  sourcesCatalog: Type.Array(SourceMetadata),
  pagination: Pagination,
})
export const getSourceMetadata = answering('getSourceMetadata', 'A kind of source', { sourceMetadata: SourceMetadata })

export const echo = answering(
  'echo',
  'Answers what it was asked, or with the problem that was asked for',
  {
    method: Type.Literal('get'),
    message: Type.String(),
    headers: Type.Record(Type.String(), Type.Unknown()),
  },
  { statuses: [200, 201, 202, 203] },
)
