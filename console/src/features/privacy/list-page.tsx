import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { PermittedLink } from '../../shared/ui/permitted-link.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { deletionsQuery } from './api.ts'
import { DeletionBadge } from './status-badge.tsx'

/** The latest deletions of people. */
export function ListPage() {
  return (
    <Page
      title="Privacy"
      purpose="People who asked to be forgotten, and how far it is. Of whom is not kept."
      help="console#delete-a-user"
      actions={
        <PermittedLink right="regulations:write" to="/privacy/delete">
          Delete a user
        </PermittedLink>
      }
    >
      <List />
    </Page>
  )
}

function List() {
  const query = useQuery(deletionsQuery)
  return (
    <Answered query={query} label="Loading deletions">
      {(all) =>
        all.length === 0 ? (
          <Empty
            title="Nobody was deleted yet"
            hint="When somebody asks to be forgotten, delete them by their user id."
          />
        ) : (
          <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
            <Table aria-label="Deletions" verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>What</Table.Th>
                  <Table.Th>How far</Table.Th>
                  <Table.Th>Asked for</Table.Th>
                  <Table.Th>Finished</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {all.map(({ id, subjectCount, status, createdAt, finishedAt }) => (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <AnchorLink
                        to="/privacy/$id"
                        params={{ id }}
                        size="sm"
                        fw={600}
                        aria-label={`${peopleText(subjectCount)}, ${id}`}
                      >
                        {peopleText(subjectCount)}
                      </AnchorLink>
                    </Table.Td>
                    <Table.Td>
                      <DeletionBadge status={status} />
                    </Table.Td>
                    <Table.Td>
                      <Ago at={createdAt} />
                    </Table.Td>
                    <Table.Td>{finishedAt === undefined ? '' : <Ago at={finishedAt} />}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )
      }
    </Answered>
  )
}

/** A person may have several. */
const peopleText = (subjects: number) => `Deletion of ${counted(subjects, 'id')}`
