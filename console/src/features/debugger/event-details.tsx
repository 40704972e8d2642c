import { ActionIcon, Anchor, Badge, Group, Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { filterText } from '../../shared/filter-text.ts'
import { time } from '../../shared/format.ts'
import { Copy } from '../../shared/ui/copy.tsx'
import { Json } from '../../shared/ui/json.tsx'
import { factsOf, partsOf } from './facts.ts'
import type { Line } from './lines.ts'
import type { Names } from './names.ts'
import { OUTCOME_COLOURS } from './outcome-colours.ts'

/** One event in full, and what became of it. */
export function EventDetails({ line, names, onClose }: { line: Line; names: Names; onClose: () => void }) {
  const [form, setForm] = useState('pretty')
  const title = line.isRejected ? 'Rejected events' : line.name === '' ? line.type : line.name
  return (
    <Paper withBorder p="md" component="section" aria-label="Event">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          <ActionIcon variant="subtle" aria-label="Close the event" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
        {line.messageId !== undefined && !line.isRejected && (
          <Anchor component={Link} to={`/events/${encodeURIComponent(line.messageId)}`} size="sm">
            Every step it took, with request and answer
          </Anchor>
        )}
        {!line.isRejected && <Fate line={line} names={names} />}
        <Group justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label="Form"
            value={form}
            onChange={setForm}
            data={[
              { value: 'pretty', label: 'Pretty' },
              { value: 'raw', label: 'Raw' },
            ]}
          />
          <Copy value={JSON.stringify(line.record, null, 2)} what="event" />
        </Group>
        {form === 'raw' ? <Json value={line.record} label="Event" /> : <Pretty line={line} names={names} />}
      </Stack>
    </Paper>
  )
}

/** What became of it, at each destination. */
function Fate({ line, names }: { line: Line; names: Names }) {
  return (
    <Stack gap={6}>
      <Title order={3}>What became of it</Title>
      {line.outcomes.length === 0 && <Text size="sm">Nothing yet: it waits for the pipeline.</Text>}
      {line.outcomes.map((told) => (
        <Group key={told.destinationId} gap="xs">
          <Badge color={OUTCOME_COLOURS[told.outcome]}>{told.outcome}</Badge>
          {told.destinationId !== null && (
            <Anchor component={Link} to={`/destinations/${told.destinationId}`} size="sm">
              {names.destinations.get(told.destinationId) ?? told.destinationId}
            </Anchor>
          )}
          {told.reason !== null && filterText(told.reason) !== undefined && (
            <Text size="sm">{filterText(told.reason)}</Text>
          )}
          <Text size="xs">
            {[
              told.reason,
              told.status === null ? undefined : `status ${told.status}`,
              told.attempt === null || told.attempt === 1 ? undefined : `attempt ${told.attempt}`,
              time(told.atMs),
            ]
              .filter((each) => each != null)
              .join(' · ')}
          </Text>
        </Group>
      ))}
    </Stack>
  )
}

function Pretty({ line, names }: { line: Line; names: Names }) {
  const facts = factsOf(line, names.sources.get(line.sourceId) ?? line.sourceId)
  return (
    <Stack gap="sm">
      <Facts label="Facts" facts={facts} />
      {partsOf(line.record).map(({ label, facts }) => (
        <Stack gap={4} key={label}>
          <Title order={3}>{label}</Title>
          <Facts label={label} facts={facts} />
        </Stack>
      ))}
    </Stack>
  )
}

function Facts({ label, facts }: { label: string; facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <Table aria-label={label} layout="fixed" verticalSpacing={4}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w="38%" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
