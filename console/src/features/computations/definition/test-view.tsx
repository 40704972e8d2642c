import { TextInput } from '@mantine/core'
import type { Field, Value } from '../../../../../src/engage/language/index.ts'
import { usePropertyNames, useSampleValues, useTraitNames } from './choices.tsx'
import { Choice, DurationInput, NameInput, ScalarInput, SIZE, WordsInput } from './inputs.tsx'
import { isNumber, type Leaf, testsOf, withTest } from './leaf.ts'
import type { Scope } from './starts.ts'
import { TESTS } from './words.ts'

interface Props {
  readonly leaf: Leaf
  readonly scope: Scope
  /** Name of the event whose properties are asked about. */
  readonly event: string
  readonly parentEvent: string
  readonly onChange: (leaf: Leaf) => void
}

/** What is asked of a value, and what it is compared with. */
export function TestView(props: Props) {
  const { leaf, onChange } = props
  return (
    <>
      <Choice
        label="Comparison"
        value={leaf.test.name}
        options={testsOf(leaf.of).map((name) => ({ value: name, label: TESTS[name] }))}
        onChange={(name) => onChange(withTest(leaf, name))}
      />
      <OperandView {...props} />
    </>
  )
}

/** What a test compares with. */
export function OperandView({ leaf, scope, event, parentEvent, onChange }: Props) {
  const { of, test } = leaf
  const samples = useSampleValues(of, event)
  if ('with' in test) {
    const change = (value: Value) => onChange({ of, test: { ...test, with: value } })
    if (test.with.kind === 'reduction') return null
    return (
      <>
        {!isNumber(of) && <OperandKind value={test.with} scope={scope} onChange={change} />}
        {test.with.kind === 'literal' ? (
          <ScalarInput
            value={test.with.value}
            isNumber={isNumber(of)}
            samples={samples}
            onChange={(value) => change({ kind: 'literal', value })}
          />
        ) : (
          <FieldName field={test.with} event={event} parentEvent={parentEvent} onChange={change} />
        )}
      </>
    )
  }
  if ('words' in test)
    return (
      <WordsInput
        words={test.words}
        isNumber={isNumber(of)}
        samples={samples}
        onChange={(words) => onChange({ of, test: { ...test, words } })}
      />
    )
  if ('duration' in test)
    return (
      <DurationInput
        label="Time"
        value={test.duration}
        onChange={(duration) => onChange({ of, test: { ...test, duration } })}
      />
    )
  if ('date' in test)
    return (
      <TextInput
        size={SIZE}
        w={210}
        aria-label="Date with time and zone"
        placeholder="2026-01-31T00:00:00Z"
        value={test.date}
        error={test.date === ''}
        onChange={(changed) => onChange({ of, test: { ...test, date: changed.currentTarget.value } })}
      />
    )
  return null
}

const OPERANDS = {
  literal: 'the value',
  trait: 'the trait',
  property: 'the property',
  parent: "the parent event's property",
  context: 'the context',
} as const
type Operand = keyof typeof OPERANDS

/** Constant, or something else of the profile or the event. */
function OperandKind(props: { value: Field; scope: Scope; onChange: (value: Field) => void }) {
  const { value, scope, onChange } = props
  const names: readonly Operand[] =
    scope === 'profile'
      ? ['literal', 'trait']
      : scope === 'event'
        ? ['literal', 'trait', 'property', 'context']
        : ['literal', 'parent', 'trait', 'property', 'context']
  return (
    <Choice
      label="Compared with"
      w={130}
      value={operandOf(value)}
      options={names.map((name) => ({ value: name, label: OPERANDS[name] }))}
      onChange={(name) => onChange(emptyOperand(name))}
    />
  )
}

export const operandOf = (value: Field): Operand =>
  value.kind === 'property' && value.ofParent ? 'parent' : value.kind

export function emptyOperand(operand: Operand): Field {
  switch (operand) {
    case 'literal':
      return { kind: 'literal', value: '' }
    case 'trait':
      return { kind: 'trait', key: '' }
    case 'context':
      return { kind: 'context', path: '' }
    default:
      return { kind: 'property', path: '', ofParent: operand === 'parent' }
  }
}

/** Which trait, property or part of the context. */
export function FieldName(props: {
  field: Exclude<Field, { kind: 'literal' }>
  event: string
  parentEvent: string
  onChange: (field: Field) => void
}) {
  const { field, event, parentEvent, onChange } = props
  const traits = useTraitNames()
  const properties = usePropertyNames(field.kind === 'property' && field.ofParent ? parentEvent : event)
  if (field.kind === 'trait')
    return (
      <NameInput
        label="Trait"
        placeholder="trait"
        value={field.key}
        names={traits}
        onChange={(key) => onChange({ ...field, key })}
      />
    )
  return (
    <NameInput
      label={field.kind === 'context' ? 'Path in the context' : 'Property'}
      placeholder={field.kind === 'context' ? 'page.url' : 'property'}
      value={field.path}
      names={field.kind === 'context' ? CONTEXT_PATHS : properties}
      onChange={(path) => onChange({ ...field, path })}
    />
  )
}

const CONTEXT_PATHS = ['page.url', 'page.path', 'page.referrer', 'campaign.source', 'locale', 'userAgent', 'ip']
