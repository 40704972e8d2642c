import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { listAuditEvents } from '../../../../src/api/answers/audit.ts'
import { ask } from '../api.ts'
import type { Clash } from '../safe-save.ts'
import { useMay, useSession } from '../session.ts'
import { Ago } from './time.tsx'

/** Long values are told apart by their beginning. */
const TEXT_LENGTH = 300

const lastChangeQuery = (resourceId: string) =>
  queryOptions({
    queryKey: ['audit', 'last-change', resourceId],
    queryFn: async ({ signal }) => {
      const query = { resourceId, 'pagination.count': 1 }
      return (await ask(listAuditEvents, '/audit-events', { query, signal })).data.events[0] ?? null
    },
    staleTime: 0,
  })

/**
 * Somebody else was quicker: who, and what they changed; what was entered here is kept until a person says what holds.
 * @param resourceId of what is edited, as the audit log names it
 */
export function ClashPanel({ clash, resourceId }: { clash: Clash; resourceId: string }) {
  const heading = useRef<HTMLDivElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <Alert
      ref={heading}
      tabIndex={-1}
      color="yellow"
      variant="light"
      role="alert"
      icon={<IconUsers size={18} />}
      title="This was changed by somebody else since you opened it"
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="sm">
        <Text size="sm">
          <Who resourceId={resourceId} /> What you entered is still here, and is not saved.
        </Text>
        <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing={4} aria-label="What was changed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Field</Table.Th>
                <Table.Th>When you opened it</Table.Th>
                <Table.Th>Theirs</Table.Th>
                <Table.Th>Yours</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {clash.differences.map(({ field, opened, theirs, mine }) => (
                <Table.Tr key={field}>
                  <Table.Th scope="row" miw={120}>
                    {field}
                  </Table.Th>
                  <Table.Td>
                    <Value text={opened} />
                  </Table.Td>
                  <Table.Td>
                    <Value text={theirs} />
                  </Table.Td>
                  <Table.Td>{mine === undefined ? 'Not changed by you' : <Value text={mine} />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Text size="sm">
          Keep mine: what you changed stays, all else becomes theirs, and you save again when it is right.
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={clash.keep}>
            Keep mine
          </Button>
          <Button size="xs" variant="default" onClick={clash.take}>
            Take theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function Value({ text }: { text: string }) {
  if (text === '') return 'Empty'
  return (
    <Text span size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
      {text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text}
    </Text>
  )
}

function Who({ resourceId }: { resourceId: string }) {
  const mayRead = useMay('audit:read')
  const session = useSession()
  const { data: change } = useQuery({ ...lastChangeQuery(resourceId), enabled: mayRead })
  if (change == null) return null
  const name = change.actor === session?.user.id ? 'you, in another window,' : change.actorName
  return (
    <>
      The last change is by {name} <Ago at={change.timestamp} />.
    </>
  )
}
