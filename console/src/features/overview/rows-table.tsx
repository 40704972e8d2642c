import { Table } from '@mantine/core'
import { count, duration } from '../../shared/format.ts'
import type { ChartRows } from './chart-rows.ts'

const HEIGHT = 420

/** What the charts draw, as figures; the newest first. */
export function RowsTable({ rows, reasons }: ChartRows) {
  const shown = rows.toReversed()
  return (
    <Table.ScrollContainer minWidth={560} maxHeight={HEIGHT} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table stickyHeader>
        <Table.Caption>
          Counts for each point, and within how long half and 95 % of the deliveries were made from their arrival on.
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {['Received', 'Delivered', 'Half within', '95 % within', 'Dead', ...reasons].map((name) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a clock shows the same time twice in a night of autumn
            <Table.Tr key={place}>
              <Table.Th scope="row">{row.at}</Table.Th>
              <Table.Td ta="right">{count(row.received)}</Table.Td>
              <Table.Td ta="right">{count(row.delivered)}</Table.Td>
              <Table.Td ta="right">{row.p50 === null ? '-' : duration(row.p50)}</Table.Td>
              <Table.Td ta="right">{row.p95 === null ? '-' : duration(row.p95)}</Table.Td>
              <Table.Td ta="right">{count(row.dead)}</Table.Td>
              {reasons.map((reason, index) => (
                <Table.Td key={reason} ta="right">
                  {count(row[`failed${index}`] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
