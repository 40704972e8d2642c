import { Badge, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ProfileTrait } from '../../../../src/api/answers/profiles.ts'
import { Empty } from '../../shared/ui/empty.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { sourceNamesQuery } from '../events/api.ts'

const CLASSES = { audience: 'audience', computed_trait: 'computed trait' } as const

export const valueText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

export function TraitTable({ traits }: { traits: readonly ProfileTrait[] }) {
  const { data: sources = new Map<string, string>() } = useQuery(sourceNamesQuery)
  if (traits.length === 0)
    return (
      <Empty
        title="Nothing is known yet"
        hint="Traits come with identify and group calls, audiences and computed traits."
      />
    )
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="Traits" verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Trait</Table.Th>
            <Table.Th>Value</Table.Th>
            <Table.Th>From</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {traits.map((trait) => (
            <Table.Tr key={trait.name}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {trait.name}
                </Text>
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{valueText(trait.value)}</Table.Td>
              <Table.Td>
                {trait.isLeftOver ? (
                  <Badge color="orange">left by a computation that was deleted</Badge>
                ) : trait.class === 'custom' ? (
                  (sources.get(trait.sourceId) ?? trait.sourceId)
                ) : (
                  <Badge>{CLASSES[trait.class]}</Badge>
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
