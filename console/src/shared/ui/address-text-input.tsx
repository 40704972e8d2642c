import { TextInput, type TextInputProps } from '@mantine/core'
import { useState } from 'react'
import { addressText, seenInAddress, typed } from '../address-text.ts'

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  /** What the address has; undefined for nothing. */
  readonly inAddress: string | undefined
  /** Writes it to the address, in place of the entry of history there is; undefined for an empty field. */
  readonly onText: (text: string | undefined) => void
}

/** A text field of what the address holds. */
export function AddressTextInput({ inAddress = '', onText, ...input }: Props) {
  const [state, setState] = useState(() => addressText(inAddress))
  const now = seenInAddress(state, inAddress)
  if (now !== state) setState(now)
  return (
    <TextInput
      {...input}
      value={now.text}
      onChange={({ currentTarget: { value } }) => {
        setState((before) => typed(before, value))
        onText(value === '' ? undefined : value)
      }}
    />
  )
}
