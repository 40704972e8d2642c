/** Controls that several kinds of conditions have. Each has its label for those who do not see the sentence around it. */
import { Autocomplete, Group, NumberInput, type NumberInputProps, Select, TagsInput } from '@mantine/core'
import { useState } from 'react'
import { type Duration, type Field, type Scalar, UNITS } from '../../../../../src/engage/language/index.ts'

export const SIZE = 'xs'

/** A name out of those that were seen, or any other. */
export function NameInput(props: {
  label: string
  value: string
  names: readonly string[]
  placeholder: string
  onChange: (name: string) => void
}) {
  const { label, value, names, placeholder, onChange } = props
  return (
    <Autocomplete
      size={SIZE}
      w={200}
      maw="100%"
      aria-label={label}
      placeholder={placeholder}
      value={value}
      data={[...names]}
      limit={50}
      onChange={onChange}
      error={value === ''}
      comboboxProps={{ withinPortal: true }}
      maxLength={500}
    />
  )
}

export function Choice<T extends string>(props: {
  label: string
  value: T
  options: readonly { readonly value: T; readonly label: string }[]
  w?: number
  onChange: (value: T) => void
}) {
  const { label, value, options, w = 160, onChange } = props
  return (
    <Select
      size={SIZE}
      w={w}
      maw="100%"
      aria-label={label}
      allowDeselect={false}
      value={value}
      data={options.map((each) => ({ value: each.value, label: each.label }))}
      onChange={(chosen) => {
        const option = options.find((each) => each.value === chosen)
        if (option !== undefined) onChange(option.value)
      }}
    />
  )
}

/** One that is emptied is `NaN` until a number is there again. */
function NumberField(props: { value: number; onChange: (value: number) => void } & Omit<NumberInputProps, 'onChange'>) {
  const { value, onChange, ...rest } = props
  const isMissing = Number.isNaN(value)
  /** What is no number yet, such as a minus. */
  const [begun, setBegun] = useState('')
  return (
    <NumberInput
      {...rest}
      size={SIZE}
      value={isMissing ? begun : value}
      error={isMissing ? 'A number' : undefined}
      onChange={(given) => {
        const number = given === '' ? Number.NaN : Number(given)
        setBegun(Number.isNaN(number) ? String(given) : '')
        if (!Object.is(number, value)) onChange(number)
      }}
    />
  )
}

export function WholeNumber(props: { label: string; value: number; min: number; onChange: (value: number) => void }) {
  const { label, ...rest } = props
  return (
    <NumberField {...rest} w={80} aria-label={label} allowDecimal={false} allowNegative={false} clampBehavior="blur" />
  )
}

export function DurationInput(props: {
  label: string
  value: Duration
  min?: number
  onChange: (value: Duration) => void
}) {
  const { label, value, min = 1, onChange } = props
  return (
    <Group gap={4} wrap="nowrap">
      <WholeNumber label={label} value={value.amount} min={min} onChange={(amount) => onChange({ ...value, amount })} />
      <Choice
        label={`Unit of ${label.toLowerCase()}`}
        w={100}
        value={value.unit}
        options={UNITS.map((unit) => ({ value: unit, label: `${unit}s` }))}
        onChange={(unit) => onChange({ ...value, unit })}
      />
    </Group>
  )
}

const SCALARS = [
  { value: 'string', label: 'text' },
  { value: 'number', label: 'number' },
  { value: 'boolean', label: 'true or false' },
] as const

/** A constant, and whether it is a text, a number, or true or false. */
export function ScalarInput(props: {
  value: Scalar
  isNumber: boolean
  samples: readonly string[]
  onChange: (value: Scalar) => void
}) {
  const { value, isNumber, samples, onChange } = props
  return (
    <Group gap={4}>
      {!isNumber && (
        <Choice
          label="Kind of value"
          w={110}
          value={typeof value as 'string' | 'number' | 'boolean'}
          options={SCALARS}
          onChange={(kind) => onChange(scalarAs(value, kind))}
        />
      )}
      {typeof value === 'number' && <NumberField w={100} aria-label="Value" value={value} onChange={onChange} />}
      {typeof value === 'string' && (
        <Autocomplete
          size={SIZE}
          w={160}
          maw="100%"
          aria-label="Value"
          placeholder="value"
          maxLength={500}
          data={[...samples]}
          value={value}
          onChange={onChange}
        />
      )}
      {typeof value === 'boolean' && (
        <Choice
          label="Value"
          w={90}
          value={value ? 'true' : 'false'}
          options={[
            { value: 'true', label: 'true' },
            { value: 'false', label: 'false' },
          ]}
          onChange={(chosen) => onChange(chosen === 'true')}
        />
      )}
    </Group>
  )
}

function scalarAs(value: Scalar, kind: 'string' | 'number' | 'boolean'): Scalar {
  if (kind === 'boolean') return value === true || value === 'true'
  if (kind === 'string') return Number.isNaN(value) ? '' : String(value)
  const number = Number(value)
  return Number.isFinite(number) ? number : 0
}

/** Several constants; what reads as a number is one. */
export function WordsInput({
  words,
  isNumber,
  samples,
  onChange,
}: {
  words: readonly Field[]
  isNumber: boolean
  samples: readonly string[]
  onChange: (words: readonly Field[]) => void
}) {
  const texts = words.flatMap((word) => (word.kind === 'literal' ? [String(word.value)] : []))
  return (
    <TagsInput
      size={SIZE}
      miw={180}
      aria-label="Values"
      placeholder={texts.length === 0 ? 'value, then Enter' : ''}
      data={[...samples]}
      value={texts}
      error={texts.length === 0}
      maxTags={100}
      onChange={(given) =>
        onChange(
          given
            .filter((text) => !isNumber || Number.isFinite(Number(text)))
            .map((text) => {
              const before = words.find((word) => word.kind === 'literal' && String(word.value) === text)
              return before ?? { kind: 'literal', value: isNumber ? Number(text) : text }
            }),
        )
      }
    />
  )
}
