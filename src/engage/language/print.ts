/** Writes a tree as text. What is written is read as the same tree again. */
import type { Condition, Definition, Duration, Events, Field, Reduction, Scalar, Value, Window } from './ast.ts'

export function print(definition: Definition): string {
  return definition.kind === 'audience' ? conditionText(definition.condition) : valueText(definition.value)
}

function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts
        .map((part) => partText(part, condition.kind === 'or' ? ['or'] : ['and', 'or']))
        .join(` ${condition.kind.toUpperCase()} `)
    case 'not':
      return `NOT ${partText(condition.part, ['and', 'or'])}`
    case 'any':
    case 'all':
      return `${condition.kind.toUpperCase()}(${conditionText(condition.part)})`
    case 'comparison':
      return `${valueText(condition.left)} ${condition.operator} ${operandText(condition.right)}`
    case 'presence':
      return `${valueText(condition.of)}.${condition.test}()`
    case 'words':
      return `${valueText(condition.of)}.${condition.test}(${condition.words.map(operandText).join(', ')})`
    case 'date':
      return `${valueText(condition.of)}.${condition.test}(${quoted(condition.date)})`
    case 'relative_date':
      return `${valueText(condition.of)}.${condition.test}(${durationText(condition.duration)})`
  }
}

/** In parentheses only where the tree would be another without: so print needs no level that parse did not count. */
function partText(condition: Condition, enclosed: readonly Condition['kind'][]): string {
  const text = conditionText(condition)
  return enclosed.includes(condition.kind) ? `(${text})` : text
}

function operandText(value: Value): string {
  return value.kind === 'literal' ? scalarText(value.value) : valueText(value)
}

function valueText(value: Value): string {
  switch (value.kind) {
    case 'reduction':
      return reductionText(value)
    case 'property':
      return `property(${value.ofParent ? 'parent: ' : ''}${quoted(value.path)})`
    case 'context':
      return `context(${quoted(value.path)})`
    case 'trait':
      return `trait(${quoted(value.key)})`
    case 'literal':
      return `literal(${scalarText(value.value)})`
  }
}

function reductionText({ events, reducer }: Reduction): string {
  const text = eventsText(events)
  switch (reducer.kind) {
    case 'count':
      return `${text}.count()`
    case 'unique_count':
      return `${text}.unique(${fieldText(reducer.of)}).count()`
    case 'max':
      return `${text}.max(${fieldText(reducer.of)}${reducer.as === 'string' ? ' as string' : ''})`
    case 'mode':
      return `${text}.mode(${fieldText(reducer.of)}, ${reducer.minFrequency})`
    default:
      return `${text}.${reducer.kind}(${fieldText(reducer.of)})`
  }
}

const fieldText = (field: Field): string => valueText(field)

function eventsText({ name, where, excludedSources, window }: Events): string {
  const filters = [
    where === null ? '' : `.where(${conditionText(where)})`,
    excludedSources.length === 0 ? '' : `.sources({exclude: [${excludedSources.map(quoted).join(', ')}]})`,
    window === null ? '' : windowText(window),
  ]
  return `event(${quoted(name)})${filters.join('')}`
}

function windowText(window: Window): string {
  switch (window.kind) {
    case 'within':
      return `.within(${durationText(window.duration)})`
    case 'within_parent':
      return `.within(parent: ${durationText(window.duration)})`
    case 'between':
      return `.between(${durationText(window.from)}, ${durationText(window.to)})`
    case 'session':
      return `.expires_after(${durationText(window.duration)})`
  }
}

const durationText = ({ amount, unit }: Duration) => `${amount} ${unit}${amount === 1 ? '' : 's'}`

const scalarText = (value: Scalar) => (typeof value === 'string' ? quoted(value) : String(value))

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
