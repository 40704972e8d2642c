import { Checkbox, Fieldset, Group, NumberInput, Radio, SegmentedControl, Stack, TagsInput, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { spaceDestinationsQuery } from './api/destinations.ts'
import type { ComputationDraft, DraftAction, problemsOf } from './computation-draft.ts'
import type { Kind } from './kinds.ts'

/** What is said once, when it is made. */
export function OptionsForm(props: {
  kind: Kind
  space: Space
  draft: ComputationDraft
  refused: ReadonlyMap<string, string>
  problems: ReturnType<typeof problemsOf>
  dispatch: (action: DraftAction) => void
}) {
  const { kind, space, draft, refused, problems, dispatch } = props
  const set = (fields: Partial<Omit<ComputationDraft, 'definition'>>) => dispatch({ do: 'set', fields })
  const isAudience = kind.kind === 'audience'
  return (
    <Fieldset legend="Options, which stay as they are once it is made">
      <Stack gap="md">
        <Stack gap={4}>
          <Text size="sm">It is about</Text>
          <SegmentedControl
            size="xs"
            w="fit-content"
            aria-label="It is about"
            value={draft.definition.level}
            data={[
              { value: 'users', label: 'People' },
              { value: 'accounts', label: 'Accounts' },
            ]}
            onChange={(level) =>
              dispatch({ do: 'define', action: { do: 'level', level: level === 'accounts' ? 'accounts' : 'users' } })
            }
          />
        </Stack>
        <Radio.Group
          label="What happened before"
          value={draft.history}
          error={refused.get('options.includeHistoricalData')}
          onChange={(history) => set({ history: history === 'none' ? 'none' : history === 'days' ? 'days' : 'all' })}
        >
          <Stack gap={6} mt={4}>
            <Radio size="sm" value="all" label="All that the log has counts" />
            <Group gap="xs">
              <Radio size="sm" value="days" label="Only so many days before count" />
              {draft.history === 'days' && (
                <NumberInput
                  size="xs"
                  w={90}
                  aria-label="Days before"
                  min={1}
                  max={1_095}
                  allowDecimal={false}
                  value={Number.isNaN(draft.lookBackDays) ? '' : draft.lookBackDays}
                  error={
                    problems.get('lookBackDays') ??
                    refused.get('options.backfillEventDataDays') ??
                    refused.get('options.backfillDurationDays')
                  }
                  onChange={(days) => set({ lookBackDays: days === '' ? Number.NaN : Number(days) })}
                />
              )}
            </Group>
            <Radio size="sm" value="none" label="Only what happens from now on counts" />
          </Stack>
        </Radio.Group>
        {isAudience && (
          <>
            <Checkbox
              label="Anonymous visitors can be in"
              description="Without it, a member has a user id, email address or advertising id."
              checked={draft.includesAnonymous}
              onChange={(event) => set({ includesAnonymous: event.currentTarget.checked })}
            />
            <TagsInput
              label="Only who has one of these ids"
              description="Types of external ids, e.g. email. Leave it empty for the usual ones."
              maw={480}
              maxTags={20}
              data={['user_id', 'email', 'phone']}
              value={[...draft.externalIds]}
              error={refused.get('options.filterByExternalIds')}
              onChange={(externalIds) => set({ externalIds })}
            />
          </>
        )}
        <DestinationChoice
          space={space}
          chosen={draft.destinations}
          onChange={(destinations) => set({ destinations })}
        />
      </Stack>
    </Fieldset>
  )
}

function DestinationChoice(props: {
  space: Space
  chosen: readonly string[] | null
  onChange: (destinations: readonly string[]) => void
}) {
  const { space, chosen, onChange } = props
  const query = useQuery(spaceDestinationsQuery(space.id))
  return (
    <Answered query={query} label="Loading destinations" rows={1}>
      {(all) => <Destinations all={all} chosen={chosen} onChange={onChange} />}
    </Answered>
  )
}

function Destinations(props: {
  all: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[]
  chosen: readonly string[] | null
  onChange: (destinations: readonly string[]) => void
}) {
  const { all, chosen, onChange } = props
  if (all.length === 0)
    return <Text size="sm">The space has no destination yet, so nobody is told. It can be connected later.</Text>
  return (
    <Checkbox.Group
      label="Destinations that are told"
      value={[...(chosen ?? all.map(({ id }) => id))]}
      onChange={onChange}
    >
      <Stack gap={6} mt={4}>
        {all.map(({ id, name, enabled }) => (
          <Checkbox key={id} value={id} size="sm" label={enabled ? name : `${name} (switched off)`} />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
