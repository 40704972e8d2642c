import { Group, Paper, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { ActButton } from '../../shared/ui/act.tsx'
import { Work } from '../../shared/ui/work.tsx'
import { type BackupJob, backupsQuery, cancelBackup } from './api/backups.ts'
import { bytes } from './bytes.ts'

/** One that is made or read now. */
export function BackupWork({ job }: { job: BackupJob }) {
  const queryClient = useQueryClient()
  const { kind, phase, doneBytes, totalBytes, etaSeconds } = job
  const label = phase === 'copying' ? 'Copying' : kind === 'backup' ? 'Reading it back' : `Checking ${job.name}`
  const eta = etaSeconds === null ? {} : { etaMs: etaSeconds * 1_000 }
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        {totalBytes === null ? (
          <Text size="sm">{label}: it begins in a moment.</Text>
        ) : (
          <Work label={label} done={doneBytes} total={totalBytes} say={bytes} {...eta} />
        )}
        <Group>
          <ActButton
            label="Cancel"
            variant="default"
            size="xs"
            right="backups:write"
            act={cancelBackup}
            onDone={() => void queryClient.invalidateQueries({ queryKey: backupsQuery.queryKey })}
          />
        </Group>
      </Stack>
    </Paper>
  )
}
