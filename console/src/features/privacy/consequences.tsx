import { List, Stack, Text } from '@mantine/core'
import type { RegulationPreview } from '../../../../src/api/answers/regulations.ts'
import { useDestinationNames } from '../../shared/destination-names.ts'
import { counted } from '../../shared/format.ts'
import { toldText } from './accounts.ts'

/** What will happen, to how many, before it is asked for. @param hasUserId whether destinations can be asked by one */
export function Consequences({ preview, hasUserId }: { preview: RegulationPreview; hasUserId: boolean }) {
  const { people, known, spaces, destinations, isWaitingComplete } = preview
  const names = useDestinationNames()
  const nameOf = ({ destinationId, name }: RegulationPreview['destinations'][number]) =>
    names.get(destinationId) ?? name
  const told = destinations.filter(({ isTold }) => isTold)
  const untold = destinations.filter(({ isTold }) => !isTold)
  const waiting = destinations.filter(({ waiting: each }) => each > 0)
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        This cannot be taken back.
      </Text>
      <List size="sm" spacing={4}>
        <List.Item>
          {known === 0
            ? 'Here: no profile has these user ids.'
            : `Here: ${spaces.map(({ name, profiles }) => `${counted(profiles, 'profile')} in ${name}`).join(', ')} will be gone, with their ids, traits and audiences.`}
          {known > 0 && known < people && ` Without a profile: ${people - known} of ${people} user ids.`}
        </List.Item>
        <List.Item>
          {told.length === 0 ? 'No destination is told.' : `Told to delete them: ${toldText(told, nameOf)}.`}
        </List.Item>
        {untold.length > 0 && (
          <List.Item>
            {hasUserId
              ? 'Not told, because they cannot delete or are switched off: '
              : 'Not told, because they are asked by a user id, and there is none: '}
            {untold.map(nameOf).join(', ')}. Delete there by hand what they hold.
          </List.Item>
        )}
        <List.Item>
          {waiting.length === 0
            ? 'Events on their way: none waits now. Those that do when it begins are cancelled.'
            : `Events on their way are cancelled: ${waiting.map((each) => `${isWaitingComplete ? '' : 'at least '}${each.waiting} for ${nameOf(each)}`).join(', ')}.`}
        </List.Item>
        <List.Item>What is sent about them from then on counts again, as of somebody new.</List.Item>
      </List>
    </Stack>
  )
}
