import { Badge, Text } from '@mantine/core'
import type { ProfileTrait } from '../../../../src/api/answers/profiles.ts'
import { valueText } from '../../shared/format.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { TraitList } from './trait-list.tsx'

const CLASSES = { audience: 'audience', computed_trait: 'computed trait' } as const

export function TraitTable({ traits }: { traits: readonly ProfileTrait[] }) {
  if (traits.length === 0)
    return (
      <Empty
        title="Nothing is known yet"
        hint="Traits come with identify and group calls, audiences and computed traits."
      />
    )
  return (
    <TraitList
      label="Traits"
      traits={traits}
      columns={[
        {
          name: 'Trait',
          cell: ({ name }) => (
            <Text size="sm" fw={600}>
              {name}
            </Text>
          ),
        },
        { name: 'Value', cell: ({ value }) => valueText(value) },
        { name: 'From', cell: (trait) => <From trait={trait} /> },
      ]}
      since="Changed"
    />
  )
}

function From({ trait }: { trait: ProfileTrait }) {
  const sourceName = useSourceName()
  if (trait.isLeftOver) return <Badge color="orange">left by a computation that was deleted</Badge>
  return trait.class === 'custom' ? sourceName(trait.sourceId) : <Badge>{CLASSES[trait.class]}</Badge>
}
