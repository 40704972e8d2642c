/** Positions of the newest events of a profile: the log has the events themselves. Pure. */

/** Those that are remembered. */
export const RECENT_EVENTS_MAX = 200

/** Every event adds one, and few ask for them: they stay a text, how many there are and then each, oldest first. */
export class RecentEvents {
  static readonly NONE = new RecentEvents('')

  readonly text: string

  /** @param text of another */
  constructor(text: string) {
    this.text = text
  }

  get positions(): readonly number[] {
    return this.text === '' ? [] : this.text.split(' ').slice(1).map(Number)
  }

  /** With one that is newer than all. */
  with(position: number): RecentEvents {
    const { text } = this
    if (text === '') return new RecentEvents(`1 ${position}`)
    const first = text.indexOf(' ')
    const count = Number(text.slice(0, first))
    if (count < RECENT_EVENTS_MAX) return new RecentEvents(`${count + 1}${text.slice(first)} ${position}`)
    return new RecentEvents(`${count}${text.slice(text.indexOf(' ', first + 1))} ${position}`)
  }

  /** With those of another profile. */
  and(other: RecentEvents): RecentEvents {
    const all = [...this.positions, ...other.positions].toSorted((a, b) => a - b).slice(-RECENT_EVENTS_MAX)
    return all.length === 0 ? RecentEvents.NONE : new RecentEvents([all.length, ...all].join(' '))
  }
}
