import { Alert, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconPlugConnected } from '@tabler/icons-react'
import type { UseMutationResult } from '@tanstack/react-query'
import { PermittedButton } from '../../shared/ui/act.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'

export interface Check {
  readonly isValid: boolean
  /** What happened, and what to do. */
  readonly message: string
  readonly warnings: readonly string[]
}

/** What came of trying settings. */
export function CheckPanel({ check }: { check: Check }) {
  const hasWarnings = check.warnings.length > 0
  const color = !check.isValid ? 'red' : hasWarnings ? 'yellow' : 'green'
  const title = !check.isValid ? 'The test failed' : hasWarnings ? 'It works, with a limit' : 'It works'
  const Icon = check.isValid && !hasWarnings ? IconCircleCheck : IconAlertTriangle
  return (
    <Alert
      color={color}
      variant="light"
      title={title}
      icon={<Icon size={18} />}
      role={check.isValid ? 'status' : 'alert'}
    >
      <Stack gap={4}>
        {(check.message !== '' || !hasWarnings) && (
          <Text size="sm">{check.message === '' ? 'The destination takes these settings.' : check.message}</Text>
        )}
        {hasWarnings && (
          <List size="sm">
            {check.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        )}
      </Stack>
    </Alert>
  )
}

export function TestConnection({ test }: { test: UseMutationResult<Check, Error, void> }) {
  return (
    <PermittedButton
      right="api:write"
      variant="default"
      leftSection={<IconPlugConnected size={16} aria-hidden />}
      loading={test.isPending}
      onClick={() => test.mutate()}
    >
      Test connection
    </PermittedButton>
  )
}

export function CheckResult({ test }: { test: UseMutationResult<Check, Error, void> }) {
  if (test.isError) return <ProblemPanel problem={test.error} />
  return test.data === undefined ? null : <CheckPanel check={test.data} />
}
