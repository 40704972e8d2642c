import { Badge } from '@mantine/core'
import type { Listed } from './api.ts'

const STATUSES: Readonly<Record<Listed['status'], { readonly label: string; readonly color: string }>> = {
  RUNNING: { label: 'Under way', color: 'blue' },
  FINISHED: { label: 'Finished', color: 'green' },
  PARTIAL_SUCCESS: { label: 'Failed in part', color: 'orange' },
  FAILED: { label: 'Failed', color: 'red' },
}

export function DeletionBadge({ status }: { status: Listed['status'] }) {
  const { label, color } = STATUSES[status]
  return <Badge color={color}>{label}</Badge>
}
