/** What can be chosen from while a definition is built: what the space has seen, and its other computations. */
import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import type { Space } from '../../../../../src/api/answers/spaces.ts'
import type { Field, Level, Value } from '../../../../../src/engage/language/index.ts'
import { useMay } from '../../../shared/session.ts'
import { computationsQuery } from '../api/computations.ts'
import {
  eventNamesQuery,
  propertyNamesQuery,
  propertySamplesQuery,
  traitNamesQuery,
  traitSamplesQuery,
} from '../api/spaces.ts'
import { KINDS } from '../kinds.ts'

interface Known {
  readonly space: Space
  readonly level: Level
  /** The key of the one that is worked on: it cannot read itself. */
  readonly ownKey?: string
}

const Context = createContext<Known | undefined>(undefined)

export function Choices({ children, ...known }: Known & { children: ReactNode }) {
  return <Context value={known}>{children}</Context>
}

export function useKnown(): Known {
  const known = useContext(Context)
  if (known === undefined) throw new Error('a builder stands inside Choices')
  return known
}

export function useEventNames(): readonly string[] {
  return useQuery(eventNamesQuery(useKnown().space.id)).data ?? []
}

export function usePropertyNames(event: string): readonly string[] {
  const isSeen = useEventNames().includes(event)
  return useQuery({ ...propertyNamesQuery(useKnown().space.id, event), enabled: isSeen }).data ?? []
}

/** Values that it had lately, as texts; none for who may not see contents. */
export function useSampleValues(value: Value, event: string): readonly string[] {
  const { space } = useKnown()
  const may = useMay('pii:read')
  const { data: traits = [] } = useQuery(traitNamesQuery(space.id))
  const of = partOf(value)
  const [property, trait] = [of?.kind === 'property' ? of.path : '', of?.kind === 'trait' ? of.key : '']
  const from = value.kind === 'reduction' ? value.events.name : event
  const properties = usePropertyNames(property === '' ? '' : from)
  const ofProperty = useQuery({
    ...propertySamplesQuery(space.id, from, property),
    enabled: may && properties.includes(property),
  })
  const ofTrait = useQuery({ ...traitSamplesQuery(space.id, trait), enabled: may && traits.includes(trait) })
  return [...new Set((ofProperty.data ?? ofTrait.data ?? []).map(String))]
}

function partOf(value: Value): Field | undefined {
  if (value.kind !== 'reduction') return value
  return 'of' in value.reducer ? value.reducer.of : undefined
}

/** Other audiences that a definition can read. */
export function useAudiences() {
  const { space, level, ownKey } = useKnown()
  const { data = [] } = useQuery(computationsQuery(space.id, KINDS.audience))
  return data.filter(({ key, definition }) => key !== ownKey && definition.type.toLowerCase() === level)
}

/** Custom traits, and the keys of computed traits. */
export function useTraitNames(): readonly string[] {
  const { space, level, ownKey } = useKnown()
  const { data: seen = [] } = useQuery(traitNamesQuery(space.id))
  const { data: computed = [] } = useQuery(computationsQuery(space.id, KINDS.trait))
  const keys = computed
    .filter(({ key, definition }) => key !== ownKey && definition.type.toLowerCase() === level)
    .map(({ key }) => key)
  return [...new Set([...keys, ...seen])]
}
