import { Alert, Badge, Button, Collapse, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { Status } from '../../../../src/api/answers/status.ts'
import { count, counted } from '../../shared/format.ts'
import { deliveriesBeyond, type EquationSum, madeBySpaces, sumsOf, wholeOf } from './equation.ts'

const SAYS = {
  source: 'Every event that came in was',
  routing: 'Every accepted event was, at each destination,',
  deliveries: 'Every delivery, one for each mapping, is',
} as const

/** @param nameOf of a source by its id, of a destination by its number */
export function EquationsPanel(props: {
  conservation: Status['conservation']
  spaceIds: ReadonlySet<string>
  isOpen: boolean
  onToggle: () => void
  nameOf: (equation: EquationSum['equation'], id: string) => string
}) {
  const { conservation, spaceIds, isOpen, onToggle, nameOf } = props
  const sums = sumsOf(conservation.lines)
  const own = madeBySpaces(conservation.lines, spaceIds)
  const beyond = deliveriesBeyond(sums)
  const notes: Partial<Record<EquationSum['equation'], string>> = {
    ...(own === 0 ? {} : { source: `Of what was received, audiences and traits made ${count(own)}.` }),
    ...(beyond === 0
      ? {}
      : {
          deliveries: `${counted(beyond, 'delivery', 'deliveries')} more than were routed: an event has one for each further mapping, and so have deletions of people and replays of history.`,
        }),
  }
  const wrong = conservation.lines.filter(({ holds }) => !holds)
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="adds-up">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="sm">
            <Title order={2} id="adds-up">
              Nothing is lost
            </Title>
            <Badge color={conservation.holds ? 'green' : 'red'}>
              {conservation.holds ? 'It adds up' : 'It does not add up'}
            </Badge>
          </Group>
          <Button size="compact-sm" variant="subtle" onClick={onToggle} aria-expanded={isOpen}>
            {isOpen ? 'Only the sums' : 'By source and destination'}
          </Button>
        </Group>
        {wrong.length > 0 && (
          <Alert color="red" icon={<IconAlertTriangle size={18} />} title="The counts do not add up">
            {wrong.map(({ equation, id, left, right }) => (
              <Text size="sm" key={`${equation} ${id}`}>
                {nameOf(equation, id)}: {count(left)} on one side, {count(right)} on the other.
              </Text>
            ))}
            <Text size="sm" mt="xs">
              Run grapevine doctor, keep what it prints, and report it: this is a defect. Events go on being taken and
              delivered meanwhile.
            </Text>
          </Alert>
        )}
        {sums.map((sum) => (
          <Sum key={sum.equation} sum={sum} note={notes[sum.equation]} />
        ))}
        <Collapse expanded={isOpen}>
          <Lines conservation={conservation} nameOf={nameOf} />
        </Collapse>
      </Stack>
    </Paper>
  )
}

function Sum(props: { sum: EquationSum; note: string | undefined }) {
  const { equation, whole, left, parts, holds } = props.sum
  // On a phone only what there is: what needs somebody must not be below the noughts.
  const isSpare = (value: number) => value === 0 && left > 0
  const first = parts.findIndex(([, value]) => !isSpare(value))
  return (
    <div>
      <Text size="xs" c="dimmed">
        {SAYS[equation]}
      </Text>
      <Group gap="xs" align="flex-end">
        <Term name={whole} value={left} isWhole />
        <Sign>{holds ? '=' : '≠'}</Sign>
        {parts.map(([name, value], place) => (
          <Group key={name} gap="xs" align="flex-end" wrap="nowrap" {...(isSpare(value) && { visibleFrom: 'xs' })}>
            {place > 0 && <Sign isWideOnly={place === first}>+</Sign>}
            <Term name={name} value={value} />
          </Group>
        ))}
      </Group>
      {props.note !== undefined && (
        <Text size="xs" c="dimmed">
          {props.note}
        </Text>
      )}
    </div>
  )
}

function Term({ name, value, isWhole = false }: { name: string; value: number; isWhole?: boolean }) {
  const isTrouble = name === 'dead' && value > 0
  return (
    <Stack gap={0} miw={64} data-term={name}>
      <Text fz="lg" fw={isWhole ? 700 : 600} lh={1.2} ff="monospace" {...(isTrouble ? { c: 'red' } : {})}>
        {count(value)}
      </Text>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
    </Stack>
  )
}

const Sign = ({ children, isWideOnly = false }: { children: string; isWideOnly?: boolean }) => (
  <Text c="dimmed" pb={18} {...(isWideOnly && { visibleFrom: 'xs' })}>
    {children}
  </Text>
)

function Lines({
  conservation: { lines },
  nameOf,
}: Pick<Parameters<typeof EquationsPanel>[0], 'conservation' | 'nameOf'>) {
  if (lines.length === 0) return <Text size="sm">Nothing came in yet, so there is nothing to count.</Text>
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Of</Table.Th>
            <Table.Th>Sum</Table.Th>
            <Table.Th>Parts</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(({ equation, id, left, parts }) => (
            <Table.Tr key={`${equation} ${id}`}>
              <Table.Td>{nameOf(equation, id)}</Table.Td>
              <Table.Td>
                {count(left)} {wholeOf(equation)}
              </Table.Td>
              <Table.Td>
                {Object.entries(parts)
                  .map(([name, value]) => `${count(value)} ${name}`)
                  .join(' + ')}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
