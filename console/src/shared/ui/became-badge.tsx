import { Badge } from '@mantine/core'
import { BECAME, type Became } from './words.ts'

export function BecameBadge({ became }: { became: Became }) {
  const { label, color } = BECAME[became]
  return <Badge color={color}>{label}</Badge>
}
