import { Code, Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { count, counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { InSpace, SpacePicker } from '../../shared/ui/in-space.tsx'
import { AnchorLink, ButtonLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { type Computation, computationsQuery } from './api/computations.ts'
import type { Kind } from './kinds.ts'
import { Progress } from './progress.tsx'
import { StatusBadge } from './status-badge.tsx'

export function ListPage({ kind }: { kind: Kind }) {
  return (
    <InSpace title={kind.title} help={kind.help}>
      {(space) => (
        <Page
          title={kind.title}
          purpose={kind.purpose}
          help={kind.help}
          actions={<Actions kind={kind} space={space} />}
        >
          <List kind={kind} space={space} />
        </Page>
      )}
    </InSpace>
  )
}

function Actions({ kind, space }: { kind: Kind; space: Space }) {
  return (
    <>
      <SpacePicker space={space} />
      <ButtonLink to={kind.deleted} search={{ space: space.id }} variant="default">
        Deleted
      </ButtonLink>
      <MakeButton kind={kind} space={space} />
    </>
  )
}

function MakeButton({ kind, space }: { kind: Kind; space: Space }) {
  if (!useMay('api:write')) return null
  return (
    <ButtonLink to={kind.make} search={{ space: space.id }}>
      New {kind.noun}
    </ButtonLink>
  )
}

function List({ kind, space }: { kind: Kind; space: Space }) {
  const query = useQuery(computationsQuery(space.id, kind))
  return (
    <Answered query={query} label={`Loading ${kind.title.toLowerCase()}`}>
      {(all) =>
        all.length === 0 ? (
          <Empty
            title={`There are no ${kind.noun}s yet`}
            hint={
              kind.kind === 'audience'
                ? 'An audience is a question to each profile, such as “ordered in the last 30 days”. Who meets it is in.'
                : 'A computed trait is a value of each profile, such as how often somebody ordered.'
            }
          >
            <MakeButton kind={kind} space={space} />
          </Empty>
        ) : (
          <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name and key</Table.Th>
                  <Table.Th miw={130}>Status</Table.Th>
                  <Table.Th ta="right">{kind.kind === 'audience' ? 'Members' : 'Profiles with a value'}</Table.Th>
                  <Table.Th>Goes to</Table.Th>
                  <Table.Th>Changed</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {all.map((each) => (
                  <Row key={each.id} kind={kind} space={space} computation={each} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )
      }
    </Answered>
  )
}

function Row({ kind, space, computation }: { kind: Kind; space: Space; computation: Computation }) {
  const { id, name, key, status, size, destinationConnections, updatedAt } = computation
  return (
    <Table.Tr>
      <Table.Td>
        <AnchorLink to={kind.one} params={{ id }} search={{ space: space.id }} fw={600}>
          {name}
        </AnchorLink>
        <Group gap={6}>
          <Code>{key}</Code>
          {size.type === 'ACCOUNTS' && <Text size="xs">of accounts</Text>}
        </Group>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={status} />
        <Progress computation={computation} />
      </Table.Td>
      <Table.Td ta="right">{count(size.count)}</Table.Td>
      <Table.Td>
        {destinationConnections.length === 0 ? 'nowhere' : counted(destinationConnections.length, 'destination')}
      </Table.Td>
      <Table.Td>
        <Ago at={updatedAt} />
      </Table.Td>
    </Table.Tr>
  )
}
