import { Alert, Code, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Condition, Reduction, SimpleCondition, Value } from '../../../../../src/engage/language/index.ts'
import { AddMenu } from './add-menu.tsx'
import { useAudiences } from './choices.tsx'
import { ConditionView } from './condition-view.tsx'
import type { DefinitionAction } from './definition-draft.ts'
import { EventName, ExcludedSources, FigureView, WindowView } from './event-view.tsx'
import { CONDITIONS } from './focus.ts'
import { Choice } from './inputs.tsx'
import type { TestName } from './leaf.ts'
import { conditionOf, isDrawn, type Leaf, leafOf, withTest, withValue } from './leaf.ts'
import { membership, type Scope } from './starts.ts'
import { FieldName, OperandView, TestView } from './test-view.tsx'
import { type Path, textOf } from './tree.ts'
import { TIMES } from './words.ts'

export interface NodeProps {
  readonly path: Path
  readonly scope: Scope
  /** Name of the event whose conditions these are. */
  readonly event: string
  /** Name of the event that `event` comes after. */
  readonly parentEvent: string
  readonly dispatch: (action: DefinitionAction) => void
}

/** One condition, as a sentence of controls. */
export function LeafView({ condition, ...props }: NodeProps & { condition: SimpleCondition }) {
  const audiences = useAudiences()
  const { path, dispatch, scope } = props
  const replace = (tree: Condition) => dispatch({ do: 'replace', path, tree })
  if (!isDrawn(condition)) return <TextOnly condition={condition} />
  const leaf = leafOf(condition)
  const change = (changed: Leaf) => replace(conditionOf(changed))
  if (leaf.of.kind === 'reduction') return <EventLeaf {...props} leaf={{ ...leaf, of: leaf.of }} onChange={change} />
  const member = membershipOf(leaf)
  if (member !== undefined && audiences.some(({ key }) => key === member.key))
    return (
      <Sentence>
        <Choice
          label="Membership"
          w={110}
          value={member.isIn ? 'in' : 'out'}
          options={[
            { value: 'in', label: 'is in' },
            { value: 'out', label: 'is not in' },
          ]}
          onChange={(chosen) => replace(membership(member.key, chosen === 'in'))}
        />
        <Choice
          label="Audience"
          w={240}
          value={member.key}
          options={audiences.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(key) => replace(membership(key, member.isIn))}
        />
      </Sentence>
    )
  return (
    <Sentence>
      <Text size="sm">{leaf.of.kind === 'property' && leaf.of.ofParent ? WHAT.parent : WHAT[leaf.of.kind]}</Text>
      {leaf.of.kind !== 'literal' && (
        <FieldName
          field={leaf.of}
          event={props.event}
          parentEvent={props.parentEvent}
          onChange={(of) => change(withValue(leaf, of))}
        />
      )}
      <TestView leaf={leaf} scope={scope} event={props.event} parentEvent={props.parentEvent} onChange={change} />
    </Sentence>
  )
}

const WHAT = {
  trait: 'Trait',
  property: 'Property',
  parent: "The parent event's property",
  context: 'Context',
  literal: 'Value',
} as const

function membershipOf({ of, test }: Leaf) {
  if (of.kind !== 'trait' || test.name !== '=' || !('with' in test)) return undefined
  if (test.with.kind !== 'literal' || typeof test.with.value !== 'boolean') return undefined
  return { key: of.key, isIn: test.with.value }
}

const Sentence = ({ children }: { children: ReactNode }) => (
  <Group gap={6} align="center">
    {children}
  </Group>
)

function EventLeaf(props: NodeProps & { leaf: Leaf & { of: Reduction }; onChange: (leaf: Leaf) => void }) {
  const { leaf, scope, path, onChange, dispatch } = props
  const { of, test } = leaf
  const changeEvents = (events: Reduction['events']) => onChange({ ...leaf, of: { ...of, events } })
  const changeValue = (value: Value) => onChange(withValue(leaf, value))
  const isCount = of.reducer.kind === 'count'
  return (
    <Stack gap={6}>
      <Sentence>
        {scope === 'event' && <Text size="sm">Later</Text>}
        <Verb leaf={leaf} onChange={onChange} />
        <EventName events={of.events} onChange={changeEvents} />
        {isCount && !isNever(leaf) && (
          <>
            <Choice
              label="How often"
              w={110}
              value={test.name}
              options={timesOf(test.name).map(([name, label]) => ({ value: name, label }))}
              onChange={(name) => onChange(withTest(leaf, name))}
            />
            <OperandView {...props} leaf={leaf} onChange={onChange} />
            <Text size="sm">times</Text>
          </>
        )}
        <WindowView events={of.events} scope={scope} isTrait={false} onChange={changeEvents} />
        {of.events.excludedSources.length > 0 && <ExcludedSources events={of.events} onChange={changeEvents} />}
      </Sentence>
      {!isCount && (
        <Sentence>
          <FigureView reduction={of} onChange={(reducer) => changeValue({ ...of, reducer })} />
          <TestView {...props} leaf={leaf} onChange={onChange} />
        </Sentence>
      )}
      <Where {...props} events={of.events} path={path} dispatch={dispatch} />
    </Stack>
  )
}

const isNever = ({ of, test }: Leaf) =>
  of.kind === 'reduction' &&
  of.reducer.kind === 'count' &&
  test.name === '=' &&
  'with' in test &&
  test.with.kind === 'literal' &&
  test.with.value === 0

const VERBS = [
  { value: 'did', label: 'Performed' },
  { value: 'did not', label: 'Did not perform' },
  { value: 'figure', label: 'A figure of' },
] as const

/** Whether something happened, did not, or something is made of it. */
function Verb({ leaf, onChange }: { leaf: Leaf & { of: Reduction }; onChange: (leaf: Leaf) => void }) {
  const { of } = leaf
  const counted = (name: '>=' | '=', value: number): Leaf => ({
    of: { ...of, reducer: { kind: 'count' } },
    test: { name, with: { kind: 'literal', value } },
  })
  return (
    <Choice
      label="Whether"
      w={140}
      value={of.reducer.kind !== 'count' ? 'figure' : isNever(leaf) ? 'did not' : 'did'}
      options={VERBS}
      onChange={(verb) => {
        if (verb === 'did') onChange(counted('>=', 1))
        else if (verb === 'did not') onChange(counted('=', 0))
        else
          onChange(
            withValue(leaf, { ...of, reducer: { kind: 'sum', of: { kind: 'property', path: '', ofParent: false } } }),
          )
      }}
    />
  )
}

/** Those that a number can be written for, and the one that is there. */
function timesOf(present: TestName): readonly (readonly [TestName, string])[] {
  const all = Object.entries(TIMES) as [TestName, string][]
  return all.filter(([name]) => (name !== 'one_of' && name !== 'none_of') || name === present)
}

/** What narrows events down. */
export function Where(props: NodeProps & { events: Reduction['events'] }) {
  const { events, path, scope, event, dispatch } = props
  if (scope === 'child') return null
  const inside = {
    path: [...path, 'where'] as const,
    scope: scope === 'profile' ? ('event' as const) : ('child' as const),
    event: events.name,
    parentEvent: scope === 'event' ? event : '',
    dispatch,
  }
  return (
    <Stack {...CONDITIONS} gap={6} pl="xs" style={{ borderLeft: '2px solid var(--mantine-color-default-border)' }}>
      {events.where !== null && (
        <>
          <Text size="sm">where</Text>
          <ConditionView {...inside} condition={events.where} canRemove />
        </>
      )}
      {(events.where === null || (events.where.kind !== 'and' && events.where.kind !== 'or')) && (
        <AddMenu {...inside} label={events.where === null ? 'Narrow down' : 'And'} />
      )}
    </Stack>
  )
}

/** What the builder has no controls for stays as it is. */
function TextOnly({ condition }: { condition: Condition }) {
  return (
    <Alert variant="light" color="gray" p="xs" title="Only as text">
      <Text size="sm">
        The builder cannot draw this part. It counts as it stands, and can be changed in the text below.
      </Text>
      <Code block tabIndex={0} aria-label="The part as text">
        {textOf(condition)}
      </Code>
    </Alert>
  )
}
