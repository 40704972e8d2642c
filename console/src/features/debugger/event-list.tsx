import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, useRef } from 'react'
import type { LiveOutcome } from '../../../../src/api/answers/live.ts'
import classes from './event-list.module.css'
import type { Line } from './lines.ts'
import type { Names } from './names.ts'
import { OUTCOME_COLOURS } from './outcome-colours.ts'

const ROW_PX = 34
const OVERSCAN_ROWS = 5
const CLOCK = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })

interface Props {
  /** Newest first. */
  readonly lines: readonly Line[]
  readonly selected: number | undefined
  readonly names: Names
  readonly isOfAll: boolean
  /** Whether an event is shown beside it. */
  readonly isNarrow: boolean
  readonly onSelect: (position: number) => void
  /** Somebody wants to see every step of the chosen one. */
  readonly onOpen: (line: Line) => void
  /** Somebody looks further down. */
  readonly onScroll: () => void
}

const optionId = (position: number) => `event-${position}`

/** Only the rows in sight are made. Arrow keys go from event to event, Enter to every step of one. */
export function EventList({ lines, selected, names, isOfAll, isNarrow, onSelect, onOpen, onScroll }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => lines[index]?.position ?? index,
    overscan: OVERSCAN_ROWS,
  })
  const move = (event: KeyboardEvent) => {
    const at = lines.findIndex(({ position }) => position === selected)
    const chosen = lines[at]
    if (event.key === 'Enter' && chosen !== undefined) return onOpen(chosen)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const place = Math.max(0, Math.min(to, lines.length - 1))
    const line = lines[place]
    if (line === undefined) return
    onSelect(line.position)
    rows.scrollToIndex(place)
  }
  const inSight = rows.getVirtualItems()
  const isSelectedInSight = inSight.some(({ index }) => lines[index]?.position === selected)
  return (
    <div
      ref={box}
      className={classes['box']}
      data-narrow={isNarrow || undefined}
      role="listbox"
      aria-label="Events, newest first"
      tabIndex={0}
      aria-activedescendant={selected !== undefined && isSelectedInSight ? optionId(selected) : undefined}
      onKeyDown={move}
      onScroll={({ currentTarget }) => currentTarget.scrollTop > ROW_PX && onScroll()}
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {inSight.map(({ key, index, start }) => {
          const line = lines[index]
          return (
            line !== undefined && (
              <Row
                key={key}
                line={line}
                top={start}
                place={index + 1}
                of={lines.length}
                isSelected={line.position === selected}
                names={names}
                isOfAll={isOfAll}
                isNarrow={isNarrow}
                onSelect={onSelect}
                onOpen={onOpen}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

interface RowProps extends Pick<Props, 'names' | 'isOfAll' | 'isNarrow' | 'onSelect' | 'onOpen'> {
  readonly line: Line
  readonly top: number
  readonly place: number
  readonly of: number
  readonly isSelected: boolean
}

/** Plain elements: while events come, all rows are made anew ten times a second. */
const Row = memo(function Row({
  line,
  top,
  place,
  of,
  isSelected,
  names,
  isOfAll,
  isNarrow,
  onSelect,
  onOpen,
}: RowProps) {
  const { position, sourceId, type, name, userId, anonymousId, receivedAt, isRejected } = line
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names the active row
    <div
      id={optionId(position)}
      role="option"
      aria-selected={isSelected}
      aria-posinset={place}
      aria-setsize={of}
      className={classes['row']}
      data-rejected={isRejected || undefined}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(position)}
      onDoubleClick={() => onOpen(line)}
    >
      <span className={classes['time']}>{receivedAt === undefined ? '' : CLOCK.format(new Date(receivedAt))}</span>
      <span className={classes['type']} data-colour={isRejected ? 'red' : 'grape'}>
        {type}
      </span>
      <span className={classes['name']}>{name === '' ? '–' : name}</span>
      {!isNarrow && <span className={classes['who']}>{userId ?? anonymousId ?? ''}</span>}
      {isOfAll && !isNarrow && <span className={classes['source']}>{names.sources.get(sourceId) ?? sourceId}</span>}
      <span className={classes['outcomes']}>
        <Outcomes outcomes={line.outcomes} isRejected={isRejected} names={names} />
      </span>
    </div>
  )
})

/** One badge for each kind of outcome, so that a row stays a row. */
function Outcomes(props: { outcomes: readonly LiveOutcome[]; isRejected: boolean; names: Names }) {
  const { outcomes, isRejected, names } = props
  if (isRejected) return null
  if (outcomes.length === 0) return <span className={classes['waiting']}>waiting</span>
  return Array.from(
    Map.groupBy(outcomes, ({ outcome }) => outcome),
    ([outcome, [first, ...more]]) => {
      const id = first?.destinationId
      const one = id == null ? '' : ` · ${names.destinations.get(id) ?? id}`
      return (
        <span key={outcome} className={classes['outcome']} data-colour={OUTCOME_COLOURS[outcome]}>
          {outcome}
          {more.length > 0 ? ` · ${more.length + 1} destinations` : one}
        </span>
      )
    },
  )
}
