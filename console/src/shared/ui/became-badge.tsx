import { Badge } from '@mantine/core'
import { BECAME, type Became } from '../delivery-words.ts'

export function BecameBadge({ became }: { became: Became }) {
  const { label, color } = BECAME[became]
  return <Badge color={color}>{label}</Badge>
}
