import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useNow } from '../../shared/now.ts'
import { ActButton } from '../../shared/ui/act.tsx'
import { Work } from '../../shared/ui/work.tsx'
import type { Computation, Named } from './api/computations.ts'
import { cancel } from './api/destinations.ts'

const PHASES = {
  history: 'Records of history read',
  people: 'Profiles worked out',
  accounts: 'Accounts worked out',
  done: 'Finishing',
}
const RUNS = { SYNC: 'Sync', RECONCILE: 'Reconcile', EXITS: 'Exits', UNDO: 'Undo' }

/** All that is under way; nothing where nothing is. @param one to cancel it; undefined where it is only shown */
export function Progress({ computation: { progress, syncs }, one }: { computation: Computation; one?: Named }) {
  const now = useNow()
  const eta = (at: string | null) => (at === null ? undefined : Math.max(0, Date.parse(at) - now))
  if (progress === undefined && syncs.length === 0) return null
  return (
    <Stack gap="xs">
      {progress !== undefined && progress.total > 0 && (
        <Work label={PHASES[progress.phase]} {...progress} etaMs={eta(progress.expectedAt)} />
      )}
      {syncs.map((run) => (
        <Run key={run.id} run={run} etaMs={eta(run.expectedAt)}>
          {one !== undefined && (
            <ActButton
              label={`Cancel the ${RUNS[run.kind].toLowerCase()}`}
              right="api:write"
              size="compact-xs"
              variant="default"
              w="fit-content"
              act={() => cancel(one, run.id)}
              done="Cancelled. Who was told stays told."
            />
          )}
        </Run>
      ))}
    </Stack>
  )
}

interface RunProps {
  readonly run: Computation['syncs'][number]
  readonly etaMs: number | undefined
  readonly children: ReactNode
}

function Run({ run: { kind, done, total }, etaMs, children }: RunProps) {
  const name = RUNS[kind]
  if (total === 0)
    return (
      <Stack gap={4}>
        <Text size="sm">{name}: begins when everybody is worked out</Text>
        {children}
      </Stack>
    )
  return (
    // Who came in since it began is looked at too.
    <Work label={`${name}: profiles looked at`} done={done} total={Math.max(done, total)} etaMs={etaMs}>
      {children}
    </Work>
  )
}
