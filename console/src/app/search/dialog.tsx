import { CloseButton, Combobox, Divider, Modal, Text, TextInput, useCombobox, VisuallyHidden } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useSearch } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react'
import { useFocusBack } from '../../shared/ui/focus-back.ts'
import type { Area } from '../areas.ts'
import { find, index } from './find.ts'
import { useGoTo } from './go-to.ts'
import { offersOf } from './offers.ts'
import { placesFor } from './places.ts'
import { rowsOf } from './rows.ts'
import { State } from './state.tsx'
import { useEntries } from './use-entries.ts'

export interface DialogProps {
  /** Those that the navigation shows. */
  readonly areas: readonly Area[]
  readonly rights: readonly string[]
  readonly onClose: () => void
}

/** Finds every view, and everything that has a name or an id. What is typed is kept nowhere. */
export function SearchDialog({ areas, rights, onClose }: DialogProps) {
  useFocusBack()
  const goTo = useGoTo(onClose)
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [isWaiting, setIsWaiting] = useState(false)
  const { space } = useSearch({ strict: false })
  const { entries, awaited, missing } = useEntries(rights)
  const places = useMemo(() => placesFor(areas, rights), [areas, rights])
  const indexed = useMemo(() => index([...places, ...entries]), [places, entries])
  const offers = useMemo(() => offersOf(text, { mayRead: rights.includes('pii:read'), space }), [text, rights, space])
  const groups = useMemo(() => numbered(rowsOf(find(indexed, text), offers)), [indexed, text, offers])
  const rows = groups.flatMap((group) => group.rows)
  const at = Math.min(active, rows.length - 1)
  const current = rows[at]
  const base = useId()
  const idOf = (place: number) => `${base}${place}`

  useEffect(() => {
    // With the first line its group is in sight, too.
    if (at === 0) document.getElementById(`${base}list`)?.scrollTo({ top: 0 })
    else document.getElementById(`${base}${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [base, at])
  const isReady = isWaiting && awaited.length === 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the last list has come
  useEffect(() => {
    if (!isReady) return
    setIsWaiting(false)
    if (current !== undefined) void goTo(current)
  }, [isReady])

  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const steps = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (steps === 0 && event.key !== 'Enter') return
    event.preventDefault()
    if (steps !== 0) setActive((at + steps + rows.length) % Math.max(rows.length, 1))
    // Whoever pastes an id and goes on at once means what has it, which may be in a list that is on its way.
    else if (at <= 0 && awaited.length > 0) setIsWaiting(true)
    else if (current !== undefined) void goTo(current)
  }
  const choose = (place: string) => {
    const row = rows[Number(place)]
    if (row !== undefined) void goTo(row)
  }
  return (
    <Modal opened onClose={onClose} withCloseButton={false} size="lg" padding={0} yOffset="8dvh">
      <VisuallyHidden>
        <Modal.Title>Find anything</Modal.Title>
      </VisuallyHidden>
      <Combobox store={useCombobox({ opened: true })} onOptionSubmit={choose}>
        <TextInput
          data-autofocus
          role="combobox"
          aria-label="Find anything"
          aria-expanded
          aria-controls={`${base}list`}
          aria-autocomplete="list"
          aria-activedescendant={current === undefined ? undefined : idOf(at)}
          autoComplete="off"
          spellCheck={false}
          size="md"
          styles={{ input: { border: 0 } }}
          placeholder="A view, a name, an id, an email address"
          leftSection={<IconSearch size={18} aria-hidden />}
          rightSection={<CloseButton aria-label="Close the search" onClick={onClose} />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setActive(0)
            setIsWaiting(false)
          }}
          onKeyDown={press}
        />
        <Divider />
        <Combobox.Options
          id={`${base}list`}
          aria-label="What was found"
          p={4}
          mah="60dvh"
          style={{ overflowY: 'auto' }}
        >
          {groups.map(({ title, rows: of }) => (
            <Combobox.Group key={title} label={title}>
              {of.map(({ place, label, detail }) => (
                <Combobox.Option
                  key={place}
                  id={idOf(place)}
                  value={String(place)}
                  selected={place === at}
                  aria-selected={place === at}
                >
                  <Text size="sm" truncate>
                    {label}
                  </Text>
                  {detail !== undefined && (
                    <Text size="xs" truncate>
                      {detail}
                    </Text>
                  )}
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
        </Combobox.Options>
      </Combobox>
      <State {...{ awaited, missing, isWaiting }} found={rows.length} isRequest={offers.isRequest} />
    </Modal>
  )
}

/** Each row with its place in the whole list. */
function numbered(groups: ReturnType<typeof rowsOf>) {
  let place = -1
  return groups.map(({ title, rows }) => ({
    title,
    rows: rows.map((row) => {
      place += 1
      return { ...row, place }
    }),
  }))
}
