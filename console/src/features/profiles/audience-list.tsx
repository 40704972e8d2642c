import { Badge, Table } from '@mantine/core'
import type { ProfileTrait } from '../../../../src/api/answers/profiles.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { AnchorLink } from '../computations/links.tsx'
import { valueText } from './trait-table.tsx'

/** What the space works out of the profile: audiences it is in or was in, and computed traits. */
export function AudienceList({ traits, space }: { traits: readonly ProfileTrait[]; space: string }) {
  if (traits.length === 0)
    return (
      <Empty title="In no audience" hint="The profile is in no audience, was in none, and has no computed trait." />
    )
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="Audiences and computed traits" verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            <Table.Th>Is</Table.Th>
            <Table.Th>Since</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {traits.map((trait) => (
            <Table.Tr key={trait.name}>
              <Table.Td>
                {trait.computationId === null ? (
                  trait.name
                ) : (
                  <AnchorLink
                    to={trait.class === 'audience' ? '/audiences/$id' : '/traits/$id'}
                    params={{ id: trait.computationId }}
                    search={{ space }}
                  >
                    {trait.name}
                  </AnchorLink>
                )}
              </Table.Td>
              <Table.Td>
                {trait.class === 'audience' ? (
                  <Badge color={trait.value === true ? 'green' : 'gray'}>{trait.value === true ? 'in' : 'left'}</Badge>
                ) : (
                  valueText(trait.value)
                )}
              </Table.Td>
              <Table.Td>
                <Ago at={trait.updatedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
