import { Alert, Code, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { counted, duration } from '../../shared/format.ts'
import { ActButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { type BackupList, backupsQuery, createBackup } from './api/backups.ts'
import { BackupWork } from './backup-work.tsx'
import { BackupsTable } from './backups-table.tsx'

export function BackupsPage() {
  const query = useQuery(backupsQuery)
  const queryClient = useQueryClient()
  const mayNot = query.data === undefined || query.data.unavailable !== null || query.data.job?.state === 'RUNNING'
  return (
    <Page
      title="Backups"
      purpose="A copy of everything the server knows, to go on from when its disk is lost. The server works on meanwhile."
      help="operations#backups"
      actions={
        <ActButton
          label="Back up now"
          right="backups:write"
          disabled={mayNot}
          act={createBackup}
          onDone={() => void queryClient.invalidateQueries({ queryKey: backupsQuery.queryKey })}
        />
      }
    >
      <Answered query={query} label="Loading backups" rows={5}>
        {(list) => (
          <>
            {list.unavailable !== null && (
              <Alert color="blue" icon={<IconInfoCircle size={18} />} title="No backup is made here">
                {list.unavailable}
              </Alert>
            )}
            {list.failure !== null && list.job?.state !== 'RUNNING' && (
              <Alert color="red" icon={<IconAlertTriangle size={18} />} title="The last one did not go well">
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {list.failure.message} <Ago at={list.failure.at} />
                </Text>
                <Text size="sm" fw={600}>
                  Mend that and back up now: this goes with the next backup that is made.
                </Text>
              </Alert>
            )}
            {list.schedule?.overdueSince != null && (
              <Alert color="red" icon={<IconAlertTriangle size={18} />} title="The last sound one is too old">
                <Text size="sm">
                  None was made within two intervals of {duration(list.schedule.everySeconds * 1_000)}: see whether one
                  fails or hangs, and back up now.
                </Text>
              </Alert>
            )}
            {list.job?.state === 'RUNNING' && <BackupWork job={list.job} />}
            {list.backups.length > 0 && <BackupsTable list={list} />}
            {list.backups.length === 0 && list.unavailable === null && list.job?.state !== 'RUNNING' && (
              <Empty
                title="No backups yet"
                hint="If the disk of this server is lost, every event, profile and setting on it is lost too. Back up now, and let the server do it by itself from then on."
              />
            )}
            {list.unavailable === null && <Where list={list} />}
          </>
        )}
      </Answered>
    </Page>
  )
}

/** Where they are, when the next is made, and what has to be kept beside them. */
function Where({ list: { folder, schedule } }: { list: BackupList }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>How they are kept</Title>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          In <Code>{folder}</Code> on the machine of the server. Only a folder on another disk, named with{' '}
          <Code>GRAPEVINE_BACKUPS</Code>, outlives the disk of the server.
        </Text>
        {schedule === null ? (
          <Text size="sm">
            Nobody makes one by itself: <Code>GRAPEVINE_BACKUP_EVERY=1d</Code> has the server do it every day.
          </Text>
        ) : (
          <Text size="sm">
            One is made by itself every {duration(schedule.everySeconds * 1_000)}, the next <Ago at={schedule.nextAt} />
            . Of these the last {counted(schedule.keep, 'backup')} stay.
          </Text>
        )}
        <Text size="sm">
          No key is in a backup. Keep the file <Code>secrets</Code> of the data directory, or the value of{' '}
          <Code>GRAPEVINE_SECRET_KEY</Code>, in another safe place: without it no backup can be put back.
        </Text>
        <Text size="sm">Who is deleted after a backup stays deleted when it is put back.</Text>
      </Stack>
    </Paper>
  )
}
