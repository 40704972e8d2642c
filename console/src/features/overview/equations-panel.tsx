import { Alert, Badge, Button, Collapse, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { Status } from '../../../../src/api/answers/status.ts'
import { count } from '../../shared/format.ts'
import { type EquationSum, sumsOf, wholeOf } from './equation.ts'

const SAYS = {
  source: 'Every event that came in was',
  routing: 'Every accepted event was, at each destination,',
  deliveries: 'Every delivery, one for each mapping, is',
} as const

/** @param nameOf of a source by its id, of a destination by its number */
export function EquationsPanel(props: {
  conservation: Status['conservation']
  nameOf: (equation: EquationSum['equation'], id: string) => string
}) {
  const { conservation, nameOf } = props
  const [isOpen, { toggle }] = useDisclosure(false)
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
          <Button size="compact-sm" variant="subtle" onClick={toggle} aria-expanded={isOpen}>
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
        {sumsOf(conservation.lines).map((sum) => (
          <Sum key={sum.equation} sum={sum} />
        ))}
        <Collapse expanded={isOpen}>
          <Lines conservation={conservation} nameOf={nameOf} />
        </Collapse>
      </Stack>
    </Paper>
  )
}

function Sum({ sum: { equation, whole, left, parts, holds } }: { sum: EquationSum }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {SAYS[equation]}
      </Text>
      <Group gap="xs" align="flex-end">
        <Term name={whole} value={left} isWhole />
        <Sign>{holds ? '=' : '≠'}</Sign>
        {parts.map(([name, value], place) => (
          <Group key={name} gap="xs" align="flex-end" wrap="nowrap">
            {place > 0 && <Sign>+</Sign>}
            <Term name={name} value={value} />
          </Group>
        ))}
      </Group>
    </div>
  )
}

function Term({ name, value, isWhole = false }: { name: string; value: number; isWhole?: boolean }) {
  const isTrouble = name === 'dead' && value > 0
  return (
    <Stack gap={0} miw={64} data-term={name}>
      <Text
        fz={isWhole ? 'xl' : 'lg'}
        fw={isWhole ? 700 : 600}
        lh={1.2}
        ff="monospace"
        {...(isTrouble ? { c: 'red' } : {})}
      >
        {count(value)}
      </Text>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
    </Stack>
  )
}

const Sign = ({ children }: { children: string }) => (
  <Text c="dimmed" pb={18}>
    {children}
  </Text>
)

function Lines({ conservation: { lines }, nameOf }: Parameters<typeof EquationsPanel>[0]) {
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
