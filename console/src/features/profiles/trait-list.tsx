import { Table } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ProfileTrait } from '../../../../src/api/answers/profiles.ts'
import { Ago } from '../../shared/ui/time.tsx'

interface Column {
  readonly name: string
  readonly cell: (trait: ProfileTrait) => ReactNode
}

/** Traits as rows, each with the time since which it is so. */
export function TraitList(props: {
  label: string
  traits: readonly ProfileTrait[]
  columns: readonly Column[]
  /** What the time is called. */
  since: string
}) {
  const { label, traits, columns, since } = props
  const all = [...columns, { name: since, cell: ({ updatedAt }: ProfileTrait) => <Ago at={updatedAt} /> }]
  return (
    <Table.ScrollContainer minWidth={140 * all.length} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={label} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {all.map(({ name }) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {traits.map((trait) => (
            <Table.Tr key={trait.name}>
              {all.map(({ name, cell }) => (
                <Table.Td key={name} style={{ overflowWrap: 'anywhere' }}>
                  {cell(trait)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
