import { Paper, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Status } from '../../../../src/api/answers/status.ts'
import { count, counted, time } from '../../shared/format.ts'
import { Ago } from '../../shared/ui/time.tsx'
import { bytes } from './bytes.ts'

/** Part of its largest size from which the log is nearly full, as the alert has it. */
const NEARLY_FULL = 0.8

export function HealthFacts({ status: { server, log, conservation, configVersion } }: { status: Status }) {
  const part = server.logBytes / server.logBytesMax
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
      <Fact title="Server" main={`Version ${server.version}`}>
        <Text size="sm">
          Started <Ago at={server.startedAt} />, {time(server.startedAt)}.
        </Text>
        <Text size="sm">
          State in {server.state}; configuration version {count(configVersion)}.
        </Text>
      </Fact>
      <Fact title="Event log and disk" main={`${bytes(server.logBytes)} of ${bytes(server.logBytesMax)}`}>
        <Progress
          value={Math.min(100, part * 100)}
          color={part >= NEARLY_FULL ? 'red.9' : undefined}
          aria-label="How full the event log is"
        />
        <Text size="sm">
          Events stay for {counted(server.logDays, 'day')}. When it is full, new events are answered 503 and sent again
          by the SDKs.
        </Text>
        <Text size="sm">{bytes(server.diskFreeBytes)} free on its disk.</Text>
      </Fact>
      <Fact title="Pipeline" main={log.behind === 0 ? 'Up to date' : `${counted(log.behind, 'record')} behind`}>
        <Text size="sm">
          {log.end === 0 ? 'Nothing has come yet.' : `Worked through to ${count(log.processed)} of ${count(log.end)}.`}
        </Text>
        <Text size="sm">
          {conservation.holds ? 'All counts add up.' : 'The counts do not add up: run grapevine doctor, and report it.'}
        </Text>
      </Fact>
    </SimpleGrid>
  )
}

function Fact({ title, main, children }: { title: string; main: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{title}</Title>
        <Text fw={600}>{main}</Text>
        {children}
      </Stack>
    </Paper>
  )
}
