import { Alert, Button, Paper, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { count, counted, valueText } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { computationsQuery } from './api/computations.ts'
import { previewOf } from './api/definitions.ts'
import { KINDS, type Kind } from './kinds.ts'

type Preview = Awaited<ReturnType<typeof previewOf>>

interface Asked {
  readonly kind: Kind
  readonly space: Space
  readonly query: string
  readonly type: 'USERS' | 'ACCOUNTS'
  readonly canPreview: boolean
}

/** Who would be in. */
export function PreviewPanel(asked: Asked) {
  const may = useMay('pii:read')
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>Preview</Title>
        {may ? (
          <WithOverlap {...asked} />
        ) : (
          <Text size="sm">A preview shows who people are. Your account lacks the right pii:read for it.</Text>
        )}
      </Stack>
    </Paper>
  )
}

function WithOverlap(asked: Asked) {
  const { space, query, type } = asked
  const [overlapWith, setOverlapWith] = useState<string | null>(null)
  const { data: audiences = [] } = useQuery(computationsQuery(space.id, KINDS.audience))
  return (
    <>
      <Select
        size="xs"
        maw={280}
        label="Overlap with"
        placeholder="no other"
        clearable
        data={audiences
          .filter(({ enabled, size }) => enabled && size.type === type)
          .map(({ id, name }) => ({ value: id, label: name }))}
        value={overlapWith}
        onChange={setOverlapWith}
      />
      {/* Figures of another question are not shown. */}
      <Run key={`${type} ${overlapWith} ${query}`} {...asked} overlapWith={overlapWith} />
    </>
  )
}

function Run({ kind, space, query, type, canPreview, overlapWith }: Asked & { overlapWith: string | null }) {
  const preview = useMutation({ mutationFn: () => previewOf(space.id, kind, { query, type, overlapWith }) })
  return (
    <>
      <Button
        size="xs"
        w="fit-content"
        disabled={!canPreview}
        loading={preview.isPending}
        onClick={() => preview.mutate()}
      >
        Preview
      </Button>
      {preview.isPending && <Loading label="Working out the preview" rows={3} />}
      {preview.isError && <ProblemPanel problem={preview.error} />}
      {preview.data !== undefined && !preview.isPending && <Figures preview={preview.data} kind={kind} type={type} />}
    </>
  )
}

function Figures({ preview, kind, type }: { preview: Preview; kind: Kind; type: 'USERS' | 'ACCOUNTS' }) {
  const { size, profiles, identifiers, overlap, sample, isComplete } = preview
  const noun = type === 'ACCOUNTS' ? 'account' : 'profile'
  return (
    <Stack gap="sm" role="status">
      <Text>
        <Text span fw={700} size="lg">
          {count(size.count)}
        </Text>{' '}
        of {counted(profiles, noun)} {kind.kind === 'audience' ? 'would be in' : 'would have a value'}.
      </Text>
      {!isComplete && (
        <Alert variant="light" color="yellow" p="xs">
          The log has more than was looked through: these are the figures of its newest part.
        </Alert>
      )}
      {overlap !== undefined && (
        <Text size="sm">
          {count(overlap.both)} of them are also in {overlap.key}, which has {count(overlap.size)}.
        </Text>
      )}
      {identifiers.length > 0 && (
        <Text size="sm">
          Known by: {identifiers.map(({ type: idType, profiles: known }) => `${idType} ${count(known)}`).join(', ')}
        </Text>
      )}
      {sample.length > 0 && (
        <Table.ScrollContainer minWidth={300} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label="Some of them">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Some of them</Table.Th>
                {kind.kind === 'trait' && <Table.Th>Value</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sample.map(({ externalIds, value }) => (
                <Table.Tr key={externalIds.map(({ type: idType, id }) => `${idType}:${id}`).join(' ')}>
                  <Table.Td>{externalIds.map(({ id }) => id).join(', ')}</Table.Td>
                  {kind.kind === 'trait' && <Table.Td>{valueText(value)}</Table.Td>}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  )
}
