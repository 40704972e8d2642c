import { Code, Group, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { ActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { InSpace, SpacePicker } from '../../shared/ui/in-space.tsx'
import { AnchorLink, ButtonLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { restoreComputation } from './api/computations.ts'
import { deletedQuery } from './api/deleted.ts'
import type { Kind } from './kinds.ts'
import { useRefresh } from './refresh.ts'

/** Those that were deleted, so that a mistake is undone. */
export function DeletedPage({ kind }: { kind: Kind }) {
  return (
    <InSpace title={`Deleted ${kind.noun}s`} help={kind.help}>
      {(space) => (
        <Page
          title={`Deleted ${kind.noun}s`}
          purpose="What is restored comes back as it was, with its key. It reads history again, and then everybody who is in is told."
          help={kind.help}
          actions={
            <>
              <SpacePicker space={space} />
              <ButtonLink to={kind.list} search={{ space: space.id }} variant="default">
                {kind.title}
              </ButtonLink>
            </>
          }
        >
          <List kind={kind} space={space} />
        </Page>
      )}
    </InSpace>
  )
}

type Deleted = Awaited<ReturnType<NonNullable<ReturnType<typeof deletedQuery>['queryFn']>>>[number]

function List({ kind, space }: { kind: Kind; space: Space }) {
  const query = useQuery(deletedQuery(space.id, kind))
  return (
    <Answered query={query} label={`Loading deleted ${kind.noun}s`}>
      {(all) =>
        all.length === 0 ? (
          <Empty title={`No ${kind.noun} was deleted`} hint="One that is deleted stands here, and can be restored.">
            <AnchorLink to={kind.list} search={{ space: space.id }}>
              To the {kind.noun}s there are
            </AnchorLink>
          </Empty>
        ) : (
          <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
            <Table aria-label={`Deleted ${kind.noun}s`} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name and key</Table.Th>
                  <Table.Th>Definition</Table.Th>
                  <Table.Th miw={90}>Deleted</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {all.map((each) => (
                  <Row key={each.id} deleted={each} kind={kind} space={space.id} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )
      }
    </Answered>
  )
}

function Row({ deleted, kind, space }: { deleted: Deleted; kind: Kind; space: string }) {
  const { id, name, key, definition, deletedAt } = deleted
  const one = { space, kind, id }
  const refresh = useRefresh(one)
  const navigate = useNavigate()
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Group gap={6}>
          <Code>{key}</Code>
          {definition.type === 'ACCOUNTS' && <Text size="xs">of accounts</Text>}
        </Group>
      </Table.Td>
      <Table.Td>
        <Code style={{ overflowWrap: 'anywhere' }}>{definition.query}</Code>
      </Table.Td>
      <Table.Td>
        <Ago at={deletedAt} />
      </Table.Td>
      <Table.Td ta="right">
        <ActButton
          label="Restore"
          right="api:write"
          size="compact-sm"
          variant="default"
          act={() => restoreComputation(one)}
          done={`${name} is back.`}
          onDone={() => void navigate({ to: kind.one, params: { id }, search: { space } }).then(refresh)}
        />
      </Table.Td>
    </Table.Tr>
  )
}
