import { Button, Group, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { count, valueText } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import type { Computation, Named } from './api/computations.ts'
import { MEMBERS_PAGE, membersQuery } from './api/members.ts'
import { DownloadMembers } from './download-members.tsx'

interface Props {
  readonly one: Named
  readonly computation: Computation
  readonly isDeleting: boolean
}

/** Who is in, or who has which value; a page at a time. */
export function Members(props: Props) {
  const { one } = props
  const may = useMay('pii:read')
  return (
    <Stack gap="xs">
      <Title order={2}>{one.kind.kind === 'audience' ? 'Members' : 'Values'}</Title>
      {may ? (
        <List {...props} />
      ) : (
        <Text size="sm">Who they are is for people with the right pii:read, which your account lacks.</Text>
      )}
    </Stack>
  )
}

function List({ one, computation, isDeleting }: Props) {
  /** Cursors of the pages up to the one that is shown. */
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined])
  const query = useQuery({ ...membersQuery(one, cursors.at(-1)), enabled: !isDeleting })
  const isTrait = one.kind.kind === 'trait'
  return (
    <Answered query={query} label="Loading members">
      {({ members, pagination }) => {
        const before = (cursors.length - 1) * MEMBERS_PAGE
        if (!computation.enabled || pagination.totalEntries === 0) return <Empty {...nobody(computation, isTrait)} />
        return (
          <>
            <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table aria-label={isTrait ? 'Values' : 'Members'}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Known as</Table.Th>
                    {isTrait && <Table.Th>Value</Table.Th>}
                    <Table.Th>Since</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {members.map(({ profileId, externalIds, value, since }) => (
                    <Table.Tr key={profileId}>
                      <Table.Td>
                        {(externalIds.length === 0 ? [{ type: 'profile', id: profileId }] : externalIds).map(
                          ({ type, id }, place) => (
                            <Text key={`${type}:${id}`} size="sm">
                              {place === 0 ? (
                                <AnchorLink
                                  to="/profiles/$lookup"
                                  params={{ lookup: profileId }}
                                  search={{ space: one.space }}
                                >
                                  {id}
                                </AnchorLink>
                              ) : (
                                id
                              )}{' '}
                              <Text span size="xs" c="dimmed">
                                {type}
                              </Text>
                            </Text>
                          ),
                        )}
                      </Table.Td>
                      {isTrait && <Table.Td>{valueText(value)}</Table.Td>}
                      <Table.Td>{since === null ? '' : <Ago at={since} />}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Group gap="xs">
              <Text size="sm">
                {count(before + 1)} to {count(before + members.length)} of {count(pagination.totalEntries)}
              </Text>
              {pagination.totalEntries > MEMBERS_PAGE && (
                <Pages cursors={cursors} next={pagination.next} onChange={setCursors} />
              )}
            </Group>
            <DownloadMembers one={one} name={`${computation.key}.csv`} />
          </>
        )
      }}
    </Answered>
  )
}

/** Why nobody is there, and what will change it. */
function nobody({ enabled, progress }: Computation, isTrait: boolean): { title: string; hint: string } {
  if (!enabled) return { title: 'It is switched off', hint: 'Nobody is worked out until it is enabled again.' }
  const title = isTrait ? 'Nobody has a value yet' : 'Nobody is in yet'
  if (progress !== undefined) return { title, hint: 'It is being worked out just now.' }
  const hint = isTrait
    ? 'Somebody gets one with the first event that the definition is about.'
    : 'Somebody comes in with the first event or trait by which they meet the definition.'
  return { title, hint }
}

type Cursors = readonly (string | undefined)[]

function Pages(props: { cursors: Cursors; next: string | undefined; onChange: (cursors: Cursors) => void }) {
  const { cursors, next, onChange } = props
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        disabled={cursors.length === 1}
        onClick={() => onChange(cursors.slice(0, -1))}
      >
        Previous
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={next === undefined}
        onClick={() => onChange([...cursors, next])}
      >
        Next
      </Button>
    </>
  )
}
