import { Alert, Button, Group } from '@mantine/core'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { count, counted } from '../../shared/format.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { verifyAudit } from './api/audit.ts'

/** Computes the chain of rows anew, and says whether one was altered, removed or slipped in. */
export function AuditVerification() {
  const verify = useMutation({ mutationFn: verifyAudit })
  const { data } = verify
  return (
    <>
      <Group>
        <Button variant="light" loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify the log
        </Button>
      </Group>
      {verify.isError && <ProblemPanel problem={verify.error} onRetry={() => verify.mutate()} />}
      {data?.intact === true && (
        <Alert color="green" role="status" icon={<IconShieldCheck size={18} />} title="The log is whole">
          {counted(data.rows, 'row')} fit together: none was altered, removed or slipped in. Compare with an older
          export to see that it was not written anew as a whole.
        </Alert>
      )}
      {data?.intact === false && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />} title="The log is not whole">
          Row {count(data.brokenAtSeq)} was altered or removed, or does not follow the one before it. Keep a copy of the
          data directory, and compare with an older export to see what was there.
        </Alert>
      )}
    </>
  )
}
