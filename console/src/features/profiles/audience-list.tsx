import { Badge } from '@mantine/core'
import type { ProfileTrait } from '../../../../src/api/answers/profiles.ts'
import { valueText } from '../../shared/format.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { TraitList } from './trait-list.tsx'

/** What the space works out of the profile: audiences it is in or was in, and computed traits. */
export function AudienceList({ traits, space }: { traits: readonly ProfileTrait[]; space: string }) {
  if (traits.length === 0)
    return (
      <Empty title="In no audience" hint="The profile is in no audience, was in none, and has no computed trait." />
    )
  return (
    <TraitList
      label="Audiences and computed traits"
      traits={traits}
      columns={[
        { name: 'Key', cell: (trait) => <Key trait={trait} space={space} /> },
        { name: 'Is', cell: (trait) => <Is trait={trait} /> },
      ]}
      since="Since"
    />
  )
}

function Key({ trait: { computationId, class: of, name }, space }: { trait: ProfileTrait; space: string }) {
  if (computationId === null) return name
  const to = of === 'audience' ? '/audiences/$id' : '/traits/$id'
  return (
    <AnchorLink to={to} params={{ id: computationId }} search={{ space }}>
      {name}
    </AnchorLink>
  )
}

function Is({ trait }: { trait: ProfileTrait }) {
  if (trait.class !== 'audience') return valueText(trait.value)
  const isIn = trait.value === true
  return <Badge color={isIn ? 'green' : 'gray'}>{isIn ? 'in' : 'left'}</Badge>
}
