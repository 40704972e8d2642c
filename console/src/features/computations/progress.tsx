import { Stack } from '@mantine/core'
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
      {syncs.map(({ id, kind, done, total, expectedAt }) => (
        <Work key={id} label={`${RUNS[kind]}: profiles told`} done={done} total={total} etaMs={eta(expectedAt)}>
          {one !== undefined && (
            <ActButton
              label={`Cancel the ${RUNS[kind].toLowerCase()}`}
              right="api:write"
              size="compact-xs"
              variant="default"
              w="fit-content"
              act={() => cancel(one, id)}
              done="Cancelled. Who was told stays told."
            />
          )}
        </Work>
      ))}
    </Stack>
  )
}
