import { Button, Group, Stack, Table, Text } from '@mantine/core'
import { Fragment, useState } from 'react'
import type { AuditEvent } from '../../../../src/api/answers/audit.ts'
import { time } from '../../shared/format.ts'
import { Json } from '../../shared/ui/json.tsx'
import { RESOURCE_TYPES } from './audit-filter.ts'
import { doneText, namedText } from './audit-words.ts'

/** Changes, newest first; what was there before and after opens below a row. */
export function AuditChanges({ events }: { events: readonly AuditEvent[] }) {
  const [openId, setOpenId] = useState<string>()
  return (
    <Table.ScrollContainer minWidth={720} tabIndex={0} aria-label="Changes">
      <Table verticalSpacing="xs" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>When</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th w={140}>From where</Table.Th>
            <Table.Th w={110} aria-label="Details" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Fragment key={event.id}>
              <ChangeRow
                event={event}
                isOpen={event.id === openId}
                onToggle={() => setOpenId(event.id === openId ? undefined : event.id)}
              />
              {event.id === openId && (
                <Table.Tr>
                  <Table.Td colSpan={5}>
                    <Details event={event} />
                  </Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function ChangeRow(props: { event: AuditEvent; isOpen: boolean; onToggle: () => void }) {
  const { event, isOpen, onToggle } = props
  return (
    <Table.Tr>
      <Table.Td>{time(event.timestamp)}</Table.Td>
      <Table.Td>
        <Text size="sm" fw={600}>
          {doneText(event.type)}
        </Text>
        <Text size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          {namedText(event.resourceType, event.resourceName)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {whoOf(event)}
        </Text>
      </Table.Td>
      <Table.Td>{event.address ?? 'this machine'}</Table.Td>
      <Table.Td>
        <Button
          size="compact-xs"
          variant="subtle"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Close' : 'Details'}: ${doneText(event.type)} ${namedText(event.resourceType, event.resourceName)}`}
          onClick={onToggle}
        >
          {isOpen ? 'Close' : 'Details'}
        </Button>
      </Table.Td>
    </Table.Tr>
  )
}

function whoOf({ actorKind, actorName }: AuditEvent): string {
  if (actorKind === 'token') return `Token ${actorName}`
  return actorName === '' ? 'Somebody unknown' : actorName
}

function Details({ event: { resourceType, resourceId, before, after } }: { event: AuditEvent }) {
  return (
    <Stack gap="xs">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {RESOURCE_TYPES.find(({ value }) => value === resourceType)?.label ?? resourceType} {resourceId}
      </Text>
      <Group align="flex-start" grow>
        <Side title="Before" value={before} nothing="It was not there." />
        <Side title="After" value={after} nothing="It is not there any more, or nothing of it was kept." />
      </Group>
    </Stack>
  )
}

function Side({ title, value, nothing }: { title: string; value: unknown; nothing: string }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {value === null || value === undefined ? <Text size="sm">{nothing}</Text> : <Json value={value} label={title} />}
    </Stack>
  )
}
