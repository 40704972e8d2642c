import { Table } from '@mantine/core'
import type { Profile } from '../../../../src/api/answers/profiles.ts'
import { useSourceName } from '../../shared/source-names.ts'
import { Copyable } from '../../shared/ui/copy.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { typeText } from './ids.ts'

/** Each id, and the event that brought it. */
export function IdentifierTable({ ids }: { ids: Profile['externalIds'] }) {
  const sourceName = useSourceName()
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="Identifiers" verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Type</Table.Th>
            <Table.Th>Id</Table.Th>
            <Table.Th>Brought by</Table.Th>
            <Table.Th>Since</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ids.map(({ type, id, messageId, sourceId, addedAt }) => (
            <Table.Tr key={`${type}:${id}`}>
              <Table.Td>{typeText(type)}</Table.Td>
              <Table.Td>
                <Copyable value={id} what={typeText(type)} />
              </Table.Td>
              <Table.Td>
                <AnchorLink to="/events/$messageId" params={{ messageId }} size="sm">
                  an event of {sourceName(sourceId)}
                </AnchorLink>
              </Table.Td>
              <Table.Td>
                <Ago at={addedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
