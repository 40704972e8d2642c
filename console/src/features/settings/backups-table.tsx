import { Badge, Button, Group, Modal, Stack, Table, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { time } from '../../shared/format.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { type Backup, type BackupList, backupsQuery, checkBackup, deleteBackup } from './api/backups.ts'
import { bytes } from './bytes.ts'

const CAUSES = { request: 'somebody', schedule: 'the schedule', command: 'the command' } as const

export function BackupsTable({ list }: { list: BackupList }) {
  const [shown, show] = useState<string | null>(null)
  return (
    <>
      <Table.ScrollContainer minWidth={760} tabIndex={0} aria-label="Backups">
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Made</Table.Th>
              <Table.Th>Size</Table.Th>
              <Table.Th>Asked for by</Table.Th>
              <Table.Th>Is</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.backups.map((backup) => (
              <Row
                key={backup.name}
                backup={backup}
                isBusy={list.job?.state === 'RUNNING'}
                isLast={isLastSound(backup, list.backups)}
                onRestore={() => show(backup.name)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown !== null && <HowToRestore folder={list.folder} name={shown} onClose={() => show(null)} />}
    </>
  )
}

interface RowProps {
  readonly backup: Backup
  readonly isBusy: boolean
  readonly isLast: boolean
  readonly onRestore: () => void
}

function Row({ backup, isBusy, isLast, onRestore }: RowProps) {
  const queryClient = useQueryClient()
  const changed = () => void queryClient.invalidateQueries({ queryKey: backupsQuery.queryKey })
  const { name, at } = backup
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{at === null ? name : time(at)}</Text>
        {at !== null && <Ago at={at} />}
      </Table.Td>
      <Table.Td>{backup.bytes === null ? 'not known' : bytes(backup.bytes)}</Table.Td>
      <Table.Td>{backup.cause === null ? 'not known' : CAUSES[backup.cause]}</Table.Td>
      <Table.Td maw={320}>
        <Soundness check={backup.check} />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          <Button size="xs" variant="light" onClick={onRestore} aria-label={`Put back ${name}`}>
            Put back
          </Button>
          <ActButton
            label="Check"
            size="xs"
            variant="light"
            right="backups:write"
            aria-label={`Check ${name}`}
            disabled={isBusy}
            act={() => checkBackup(name)}
            onDone={changed}
          />
          <ConfirmedActButton
            label="Delete"
            size="xs"
            right="backups:write"
            aria-label={`Delete ${name}`}
            disabled={isBusy}
            confirm="Delete the backup"
            consequence={`${name} is removed from the disk and does not come back.${
              isLast ? ' It is the only sound one: until the next is made there is nothing to go on from.' : ''
            }`}
            act={() => deleteBackup(name)}
            done={`${name} is deleted.`}
            onDone={changed}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function Soundness({ check }: Pick<Backup, 'check'>) {
  if (check === null) return <Badge color="gray">not checked</Badge>
  if (check.problems.length > 0)
    return (
      <Stack gap={2}>
        <Badge color="red">not sound</Badge>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {check.problems.join(' ')}
        </Text>
      </Stack>
    )
  return (
    <Stack gap={2}>
      <Badge color="green">sound</Badge>
      {check.at !== null && (
        <Text size="sm">
          all bytes read <Ago at={check.at} />
        </Text>
      )}
    </Stack>
  )
}

function HowToRestore({ folder, name, onClose }: { folder: string; name: string; onClose: () => void }) {
  const command = `npx grapevine restore ${quoted(`${folder}/${name}`)} --data ./data`
  return (
    <Modal opened onClose={onClose} title="Put this backup back" centered size="lg">
      <Stack>
        <Text size="sm">
          1. Stop the server. What was acknowledged after the backup is not in it, and what was delivered after it is
          delivered once more, under the same ids.
        </Text>
        <Text size="sm">
          2. On a new machine put the file <code>secrets</code> that you kept into an empty data directory.
        </Text>
        <Text size="sm">3. Run this, with the data directory of the server:</Text>
        <Copyable value={command} what="command" />
        <Text size="sm">In a directory that holds something add --replace: it is moved aside, not removed.</Text>
        <Copyable value={`${command} --replace`} what="command that replaces" />
        <Text size="sm">4. Start the server.</Text>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** As a shell takes it. */
const quoted = (path: string) => (/^[\w./:@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

const isSound = ({ check }: Backup) => check !== null && check.problems.length === 0

const isLastSound = (backup: Backup, all: readonly Backup[]) => isSound(backup) && all.filter(isSound).length === 1
