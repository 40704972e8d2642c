import { List, Paper, Stack, Text, Title } from '@mantine/core'
import { count, counted } from '../../shared/format.ts'
import { RequestView } from '../../shared/ui/exchange-view.tsx'
import type { previewOf } from './api/replays.ts'
import type { ReplayDraft } from './replay-draft.ts'

/** How many a replay would send, by reason, and the first requests as they would be sent. */
export function PreviewPanel(props: { preview: Awaited<ReturnType<typeof previewOf>>; kind: ReplayDraft['kind'] }) {
  const { preview, kind } = props
  const { total, reasons, skipped, sample, isComplete } = preview
  const what = kind === 'dead' ? counted(total, 'dead letter') : counted(total, 'delivery', 'deliveries')
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="preview">
      <Stack gap="sm">
        <Title order={2} id="preview">
          Preview
        </Title>
        <Text fw={600}>
          {total === 0 ? 'Nothing meets this.' : `${isComplete ? '' : 'At least '}${what} would be delivered again.`}
        </Text>
        {!isComplete && <Text size="sm">There are too many to be counted. Narrow it, for instance by time.</Text>}
        {Object.keys(reasons).length > 0 && (
          <List size="sm">
            {Object.entries(reasons).map(([reason, each]) => (
              <List.Item key={reason}>
                {reason}: {count(each)}
              </List.Item>
            ))}
          </List>
        )}
        {skipped > 0 && <Text size="sm">{count(skipped)} are left out: their people asked to be forgotten.</Text>}
        {sample.length > 0 && <Title order={3}>The first requests, as they would be sent now</Title>}
        {sample.map(({ id, reason, request, problem }) => (
          <Stack gap={2} key={id}>
            <Text size="xs" c="dimmed">
              {id}
              {reason === null ? '' : `, ${reason}`}
            </Text>
            {request === null ? (
              <Text size="sm">{problem ?? 'No request can be made of it.'}</Text>
            ) : (
              <RequestView request={request} label={`Request of ${id}`} />
            )}
          </Stack>
        ))}
      </Stack>
    </Paper>
  )
}
