import { Accordion, Stack } from '@mantine/core'
import type { Dispatch } from 'react'
import { EXTOLE } from './kinds.ts'
import { SettingField } from './setting-field.tsx'
import { isSecret, type SettingOption, type SettingsAction, type SettingsDraft } from './settings-draft.ts'

interface Form {
  readonly draft: SettingsDraft
  readonly dispatch: Dispatch<SettingsAction>
  /** By name of the setting. */
  readonly errors: ReadonlyMap<string, string>
  readonly disabled?: boolean
  /** Slug of the kind. */
  readonly kind: string
}

/** All settings of a kind: what must be known first, the rest when it is asked for. */
export function SettingsForm({ draft, dispatch, errors, disabled = false, kind }: Form) {
  const isFirst = (option: SettingOption) => option.required || isSecret(option)
  const hasFirst = draft.options.some(isFirst)
  const first = draft.options.filter((option) => !hasFirst || isFirst(option))
  const rest = draft.options.filter((option) => !first.includes(option))
  const fields = (options: readonly SettingOption[]) => (
    <Stack>
      {options.map((option) => (
        <SettingField
          key={option.name}
          option={option}
          draft={draft}
          dispatch={dispatch}
          error={errors.get(option.name)}
          disabled={disabled}
          isExtole={kind === EXTOLE}
        />
      ))}
    </Stack>
  )
  const hasErrorBelow = rest.some(({ name }) => errors.has(name))
  return (
    <Stack>
      {fields(first)}
      {rest.length > 0 && (
        <Accordion variant="separated" {...(hasErrorBelow ? { value: 'more', onChange: () => undefined } : {})}>
          <Accordion.Item value="more">
            <Accordion.Control>More settings ({rest.length})</Accordion.Control>
            <Accordion.Panel>{fields(rest)}</Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  )
}
