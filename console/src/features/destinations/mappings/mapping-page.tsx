import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { Answered } from '../../../shared/ui/answered.tsx'
import { ForThose } from '../../../shared/ui/for-those.tsx'
import { NotFound } from '../../../shared/ui/not-found.tsx'
import type { Destination } from '../api/destinations.ts'
import { mappingQuery } from '../api/mappings.ts'
import { useDestination } from '../use-destination.ts'
import { MappingEditor } from './mapping-editor.tsx'

/** A mapping that is saved. */
export function MappingPage() {
  const destination = useDestination()
  const { mapping: id } = useParams({ from: '/signed-in/destinations/$id/mappings/$mapping' })
  const query = useQuery(mappingQuery(destination.id, id))
  const known = destination.subscriptions.find((each) => each.id === id)
  const action = actionOf(destination, known?.actionSlug)
  if (action === undefined) return <NotFound />
  return (
    <Answered query={query} label="Loading the mapping" rows={8}>
      {(loaded) => <MappingEditor key={id} id={id} destination={destination} action={action} loaded={loaded} />}
    </Answered>
  )
}

/** A new one: as a preset has it, or with the defaults of an action. */
export function NewMappingPage() {
  const destination = useDestination()
  const { action: slug } = useSearch({ from: '/signed-in/destinations/$id/mappings/new' })
  const action = actionOf(destination, slug)
  if (action === undefined) return <NotFound />
  const preset = destination.metadata.presets.find(({ actionId }) => actionId === action.id)
  const defaults = action.fields.flatMap(({ fieldKey, defaultValue }) =>
    defaultValue === undefined ? [] : [[fieldKey, defaultValue] as const],
  )
  const mapping = {
    name: action.name,
    trigger: preset?.trigger ?? action.defaultTrigger ?? 'type = "track"',
    enabled: false,
    settings: preset?.fields ?? Object.fromEntries(defaults),
  }
  const loaded = { value: mapping, tag: undefined }
  return (
    <ForThose right="api:write" what="Making mappings is">
      <MappingEditor key={slug} id={undefined} destination={destination} action={action} loaded={loaded} />
    </ForThose>
  )
}

const actionOf = ({ metadata }: Destination, slug: string | undefined) =>
  metadata.actions.find((each) => each.slug === slug)
