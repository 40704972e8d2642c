import { Button, Group, Paper, SegmentedControl, Stack, Text } from '@mantine/core'
import type { Condition } from '../../../../../src/engage/language/index.ts'
import { AddMenu } from './add-menu.tsx'
import { RemoveButton } from './event-view.tsx'
import { CONDITION, CONDITIONS } from './focus.ts'
import { LeafView, type NodeProps } from './leaf-view.tsx'
import { isSimple } from './tree.ts'

/** A condition with what is inside it. */
export function ConditionView({
  condition,
  canRemove,
  ...props
}: NodeProps & { condition: Condition; canRemove: boolean }) {
  const { path, dispatch } = props
  const remove = () => dispatch({ do: 'remove', path })
  if (condition.kind === 'and' || condition.kind === 'or')
    return <GroupView {...props} condition={condition} onRemove={canRemove ? remove : undefined} />
  const isNot = condition.kind === 'not'
  return (
    <Paper withBorder p="xs" radius="sm" {...CONDITION}>
      {/* Where there is no room beside it, what acts on a condition stands above it. */}
      <Group align="flex-end" wrap="wrap-reverse" gap="xs">
        <Stack gap={6} style={{ flex: '1 1 240px', minWidth: 0 }}>
          {isNot && (
            <Text size="sm" fw={600}>
              not
            </Text>
          )}
          {(condition.kind === 'any' || condition.kind === 'all') && (
            <Text size="sm" fw={600}>
              {condition.kind === 'any' ? 'any of its users' : 'all of its users'}
            </Text>
          )}
          {isSimple(condition) && <LeafView {...props} condition={condition} />}
          {'part' in condition && <PartView {...props} path={[...path, 'part']} condition={condition.part} />}
        </Stack>
        <Group gap={2} wrap="nowrap" ms="auto">
          <Button
            size="compact-xs"
            variant={isNot ? 'light' : 'subtle'}
            color="gray"
            aria-pressed={isNot}
            onClick={() => dispatch({ do: 'negate', path })}
          >
            Not
          </Button>
          {canRemove && <RemoveButton label="Remove this condition" onClick={remove} />}
        </Group>
      </Group>
    </Paper>
  )
}

/** What NOT, ANY or ALL is about. A single condition needs no frame in the frame. */
function PartView({ condition, ...props }: NodeProps & { condition: Condition }) {
  if (isSimple(condition)) return <LeafView {...props} condition={condition} />
  return <ConditionView {...props} condition={condition} canRemove={false} />
}

function GroupView(
  props: NodeProps & { condition: Extract<Condition, { kind: 'and' | 'or' }>; onRemove: (() => void) | undefined },
) {
  const { condition, path, dispatch, onRemove, ...inside } = props
  return (
    <Paper withBorder p="xs" radius="sm" {...CONDITION} {...CONDITIONS}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <SegmentedControl
            size="xs"
            aria-label="Whether all conditions are to hold"
            value={condition.kind}
            data={[
              { value: 'and', label: 'All of these' },
              { value: 'or', label: 'Any of these' },
            ]}
            onChange={(chosen) => dispatch({ do: 'join', path, as: chosen === 'or' ? 'or' : 'and' })}
          />
          {onRemove !== undefined && <RemoveButton label="Remove this group" onClick={onRemove} />}
        </Group>
        {condition.parts.map((part, at) => (
          <ConditionView
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition has nothing but its place
            key={at}
            {...inside}
            dispatch={dispatch}
            path={[...path, at]}
            condition={part}
            canRemove
          />
        ))}
        <AddMenu {...inside} path={path} dispatch={dispatch} label="Add a condition" />
      </Stack>
    </Paper>
  )
}
