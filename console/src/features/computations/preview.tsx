import { Alert, Button, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { count, counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { computationsQuery } from './api/computations.ts'
import { previewOf } from './api/definitions.ts'
import { KINDS, type Kind } from './kinds.ts'
import { valueText } from './members.tsx'

type Preview = Awaited<ReturnType<typeof previewOf>>

/** Who would be in. To be keyed by the definition: figures of another one are not shown. */
export function PreviewPanel(props: {
  kind: Kind
  space: Space
  query: string
  type: 'USERS' | 'ACCOUNTS'
  canPreview: boolean
}) {
  const { kind, space, query, type, canPreview } = props
  const may = useMay('pii:read')
  const [overlapWith, setOverlapWith] = useState<string | null>(null)
  const { data: audiences = [] } = useQuery(computationsQuery(space.id, KINDS.audience))
  const preview = useMutation({ mutationFn: () => previewOf(space.id, kind, { query, type, overlapWith }) })
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>Preview</Title>
        {may ? (
          <>
            <Group align="flex-end" gap="xs">
              <Select
                size="xs"
                w={240}
                label="Overlap with"
                placeholder="no other"
                clearable
                data={audiences
                  .filter(({ enabled, size }) => enabled && size.type === type)
                  .map(({ id, name }) => ({ value: id, label: name }))}
                value={overlapWith}
                onChange={setOverlapWith}
              />
              <Button size="xs" disabled={!canPreview} loading={preview.isPending} onClick={() => preview.mutate()}>
                Preview
              </Button>
            </Group>
            {preview.isPending && <Loading label="Working out the preview" rows={3} />}
            {preview.isError && <ProblemPanel problem={preview.error} />}
            {preview.data !== undefined && !preview.isPending && (
              <Figures preview={preview.data} kind={kind} type={type} />
            )}
          </>
        ) : (
          <Text size="sm">A preview shows who people are. Your account lacks the right pii:read for it.</Text>
        )}
      </Stack>
    </Paper>
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
