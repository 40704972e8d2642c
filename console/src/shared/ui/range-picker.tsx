import { SegmentedControl } from '@mantine/core'
import { RANGE_NAMES, type RangeName, rangeCalled } from '../range.ts'

const DATA = RANGE_NAMES.map((value) => ({ value, label: rangeCalled(value).label }))

export function RangePicker({ value, onChange }: { value: RangeName; onChange: (range: RangeName) => void }) {
  return (
    <SegmentedControl
      size="xs"
      aria-label="Time shown"
      data={DATA}
      value={value}
      onChange={(name) => onChange(name as RangeName)}
    />
  )
}
