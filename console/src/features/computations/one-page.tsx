import { Alert, Badge, Code, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { count, time } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { InSpace } from '../../shared/ui/in-space.tsx'
import { ButtonLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { type Computation, computationQuery, type Named } from './api/computations.ts'
import { Connections } from './connections.tsx'
import { EndActions } from './end-actions.tsx'
import type { Kind } from './kinds.ts'
import { Members } from './members.tsx'
import { Progress } from './progress.tsx'
import { SizePanel } from './size-panel.tsx'
import { StatusBadge } from './status-badge.tsx'

export function OnePage({ kind }: { kind: Kind }) {
  return (
    <InSpace title={nounOf(kind)} help={kind.help}>
      {(space) => <One kind={kind} space={space} />}
    </InSpace>
  )
}

const nounOf = ({ noun }: Kind) => `${noun.slice(0, 1).toUpperCase()}${noun.slice(1)}`

function One({ kind, space }: { kind: Kind; space: Space }) {
  const { id = '' } = useParams({ strict: false })
  // What is being deleted is not asked for any more: it would be missed before the page is left.
  const [isDeleting, setDeleting] = useState(false)
  const query = useQuery({ ...computationQuery(space.id, kind, id), enabled: !isDeleting })
  const one = { space: space.id, kind, id }
  return (
    <Page
      title={query.data?.name ?? nounOf(kind)}
      purpose={query.data?.description === '' ? undefined : query.data?.description}
      help={kind.help}
      actions={query.data !== undefined && <ChangeButton one={one} />}
    >
      <Answered query={query} label={`Loading the ${kind.noun}`} rows={10}>
        {(computation) => (
          <>
            <Facts computation={computation} one={one} />
            <SizePanel one={one} computation={computation} isDeleting={isDeleting} />
            <Connections computation={computation} one={one} />
            <Members one={one} computation={computation} isDeleting={isDeleting} />
            <EndActions computation={computation} one={one} onDeleting={setDeleting} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function ChangeButton({ one: { kind, id, space } }: { one: Named }) {
  if (!useMay('api:write')) return null
  return (
    <ButtonLink variant="default" to={kind.edit} params={{ id }} search={{ space }}>
      Change
    </ButtonLink>
  )
}

function Facts({ computation, one }: { computation: Computation; one: Named }) {
  const { status, size, key, definition, updatedAt } = computation
  const isAudience = one.kind.kind === 'audience'
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group gap="xl" align="flex-start" style={{ rowGap: 'var(--mantine-spacing-sm)' }}>
          <Fact name="Status">
            <StatusBadge status={status} />
          </Fact>
          <Fact name={isAudience ? 'Members' : 'Profiles with a value'}>
            <Text fw={700} size="lg">
              {count(size.count)}
            </Text>
          </Fact>
          <Fact name="Key">
            <Copyable value={key} what="key" />
          </Fact>
          <Fact name="Changed">
            <Ago at={updatedAt} />
          </Fact>
        </Group>
        <Progress computation={computation} one={one} />
        {computation.progress?.phase === 'history' && (
          <Alert variant="light" color="blue" p="xs">
            Nobody is told anything of it until history is read: half of it would make people come in and leave who did
            neither.
          </Alert>
        )}
        <Title order={3}>Definition</Title>
        <Code block tabIndex={0} aria-label="Definition" style={{ whiteSpace: 'pre-wrap' }}>
          {definition.query}
        </Code>
        <Options computation={computation} />
      </Stack>
    </Paper>
  )
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <Stack gap={2}>
    <Text size="xs">{name}</Text>
    {children}
  </Stack>
)

/** What was said when it was made. */
function Options({ computation: { options, size } }: { computation: Computation }) {
  const days = options.backfillEventDataDays ?? options.backfillDurationDays
  return (
    <Group gap="xs">
      <Badge color="gray">{size.type === 'ACCOUNTS' ? 'of accounts' : 'of people'}</Badge>
      <Badge color="gray">
        {options.countsFrom !== undefined
          ? `counts from ${time(options.countsFrom)} (${days} days before)`
          : options.includeHistoricalData
            ? 'all history counts'
            : 'counts since it was made'}
      </Badge>
      {options.includeAnonymousUsers && <Badge color="gray">with anonymous visitors</Badge>}
      {options.filterByExternalIds !== undefined && (
        <Badge color="gray">only with {options.filterByExternalIds.join(', ')}</Badge>
      )}
    </Group>
  )
}
