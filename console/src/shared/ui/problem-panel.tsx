import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Problem } from '../problem.ts'
import { useTells } from './told.ts'

/** What went wrong in the server's own words, and a way on. */
export function ProblemPanel({ problem, onRetry }: { problem: unknown; onRetry?: () => void }) {
  useTells(problem)
  const isProblem = problem instanceof Problem
  const message = problem instanceof Error ? problem.message : String(problem)
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle size={18} />} title={titleOf(problem)}>
      <Text size="sm">{message}</Text>
      {isProblem && problem.requestId !== undefined && problem.status >= 500 && (
        <Text size="xs" mt={4}>
          Request {problem.requestId}: the server's log has more.
        </Text>
      )}
      {onRetry !== undefined && (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}

function titleOf(problem: unknown): string {
  if (!(problem instanceof Problem)) return 'Something went wrong'
  if (problem.status === 0) return 'No answer'
  if (problem.status === 403) return 'Your account may not do this'
  if (problem.status === 404) return 'It is not there (any more)'
  if (problem.status === 429) return 'Too many requests'
  if (problem.status >= 500) return 'The server has a problem'
  return 'This did not work'
}
