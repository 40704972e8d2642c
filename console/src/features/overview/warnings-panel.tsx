import { Alert } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { WarningList } from '../../shared/ui/warning-list.tsx'

/** How the server runs, where that needs a word. */
export function WarningsPanel({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <Alert color="yellow" icon={<IconInfoCircle size={18} />} title="How this server runs">
      <WarningList warnings={warnings} />
    </Alert>
  )
}
