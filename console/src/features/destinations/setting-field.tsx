import { Anchor, Group, NumberInput, PasswordInput, Select, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Dispatch } from 'react'
import { statusQuery } from '../../shared/status.ts'
import { choicesOf } from './choices.ts'
import { ACCESS_TOKEN_HELP_URL, EXTOLE_SUPPORT_URL, TECH_CENTER_URL } from './kinds.ts'
import { isSecret, type SettingOption, type SettingsAction, type SettingsDraft } from './settings-draft.ts'

/** The setting that says which Extole is called. */
const API_URL = 'apiBaseUrl'

interface Field {
  readonly option: SettingOption
  readonly draft: SettingsDraft
  readonly dispatch: Dispatch<SettingsAction>
  readonly error: string | undefined
  readonly disabled: boolean
  /** Whether what it is of is Extole, whose keys come from its Tech Center. */
  readonly isExtole: boolean
}

/** One setting, as its type wants it. */
export function SettingField({ option, draft, dispatch, error, disabled, isExtole }: Field) {
  const { name, label, description, required, type } = option
  const value = draft.values.get(name) ?? ''
  const set = (next: string | boolean) => dispatch({ type: 'set', name, value: next })
  const common = { label, error, disabled, required, withAsterisk: required }
  if (isSecret(option)) return <Secret {...{ option, draft, dispatch, error, disabled, isExtole }} />
  if (typeof value === 'boolean' || type === 'boolean') {
    return (
      <Switch
        {...{ label, description, error, disabled }}
        checked={value === true}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    )
  }
  const choices = choicesOf(option.choices)
  if (choices !== undefined) {
    return (
      <Select
        {...common}
        description={description}
        data={[...choices]}
        value={value === '' ? null : value}
        onChange={(next) => set(next ?? '')}
        clearable={!required}
        allowDeselect={!required}
        comboboxProps={{ withinPortal: true }}
      />
    )
  }
  if (type === 'number') {
    return (
      <NumberInput
        {...common}
        description={description}
        value={value}
        onChange={(next) => set(String(next))}
        hideControls
      />
    )
  }
  if (/\blines?\b/.test(description)) {
    return (
      <Textarea
        {...common}
        description={description}
        value={value}
        autosize
        minRows={2}
        maxRows={10}
        onChange={(event) => set(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...common}
      description={description}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}

/** A secret is entered and never shown again; one that is saved is kept as long as nothing else is entered. */
function Secret({ option, draft, dispatch, error, disabled, isExtole }: Field) {
  const { name, label, description, required } = option
  const value = draft.values.get(name) ?? ''
  const saved = draft.saved?.[name]
  const isSaved = typeof saved === 'string' && saved !== '' && !draft.removed.has(name)
  return (
    <div>
      <PasswordInput
        label={label}
        description={description}
        error={error}
        disabled={disabled}
        withAsterisk={required}
        required={required && !isSaved}
        autoComplete="off"
        placeholder={isSaved ? saved : undefined}
        value={String(value)}
        onChange={(event) => dispatch({ type: 'set', name, value: event.currentTarget.value })}
      />
      {(isSaved || isExtole) && (
        <Group gap="md" mt={4}>
          {isSaved && <Text size="xs">Saved. Leave it empty to keep it.</Text>}
          {isSaved && !required && !disabled && (
            <Anchor component="button" type="button" size="xs" onClick={() => dispatch({ type: 'remove', name })}>
              Remove the {label}
            </Anchor>
          )}
          {isExtole && name === 'apiKey' && <KeyHelp draft={draft} dispatch={dispatch} disabled={disabled} />}
        </Group>
      )}
    </div>
  )
}

function KeyHelp({ draft, dispatch, disabled }: Pick<Field, 'draft' | 'dispatch' | 'disabled'>) {
  const { data: status } = useQuery(statusQuery)
  const sandbox = status?.server.extoleSandbox ?? null
  const isOfSandbox = sandbox !== null && draft.values.get(API_URL) === sandbox
  return (
    <>
      {sandbox !== null && !isOfSandbox && !disabled && (
        <Anchor
          component="button"
          type="button"
          size="xs"
          onClick={() => dispatch({ type: 'set', name: API_URL, value: sandbox })}
        >
          Use the local sandbox
        </Anchor>
      )}
      {isOfSandbox && (
        <Anchor size="xs" href={sandbox} target="_blank" rel="noreferrer">
          Tech Center of the local sandbox
        </Anchor>
      )}
      <Anchor size="xs" href={TECH_CENTER_URL} target="_blank" rel="noreferrer">
        Extole Tech Center
      </Anchor>
      <Anchor size="xs" href={ACCESS_TOKEN_HELP_URL} target="_blank" rel="noreferrer">
        Extole's help on access tokens
      </Anchor>
      <Anchor size="xs" href={EXTOLE_SUPPORT_URL}>
        Contact Extole Support
      </Anchor>
    </>
  )
}
