import { useQueryClient } from '@tanstack/react-query'
import { counted } from '../../shared/format.ts'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { useDestinationState } from '../../shared/use-destination-state.ts'
import { changeDestination, type Destination, forgetDestinations } from './api/destinations.ts'
import type { Check } from './settings-check.tsx'

interface Props {
  readonly destination: Pick<Destination, 'id' | 'name' | 'enabled'>
  /** What the test that follows said. */
  readonly onSwitched?: (check: Check | null) => void
}

/** Switches a destination on, or off after saying what that does. */
export function EnabledSwitch({ destination: { id, name, enabled }, onSwitched }: Props) {
  const client = useQueryClient()
  const { deliveries } = useDestinationState({ id, enabled })
  const pending = deliveries?.['pending'] ?? 0
  const waiting = pending === 0 ? 'What waits' : counted(pending, 'delivery that waits', 'deliveries that wait')
  const change = async () => {
    const { check } = await changeDestination(id, { enabled: !enabled })
    await forgetDestinations(client)
    return check
  }
  if (!enabled) {
    return (
      <ActButton
        label="Switch on"
        right="api:write"
        act={change}
        done={`${name} is on.`}
        onDone={(check) => onSwitched?.(check)}
      />
    )
  }
  return (
    <ConfirmedActButton
      label="Switch off"
      variant="default"
      color="gray"
      confirm="Switch it off"
      right="api:write"
      act={change}
      done={`${name} is off.`}
      onDone={(check) => onSwitched?.(check)}
      consequence={`Events that come in from now on are not sent to ${name}; they are counted as filtered (DESTINATION_DISABLED). ${waiting} ${pending > 1 ? 'are kept and go' : 'is kept and goes'} on when it is switched on again. A replay sends later what was missed.`}
    />
  )
}
