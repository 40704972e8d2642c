/** What a size over time says in one sentence. Pure. */
import { count } from '../../shared/format.ts'

export interface SizePoint {
  readonly time: string
  /** Who was in at its end. */
  readonly count: number
  readonly entered: number
  readonly left: number
}

/** @param label of the time shown, e.g. `1 h` */
export function sizeWords(series: readonly SizePoint[], label: string, isAudience: boolean): string {
  const [entered, left] = [sumOf(series, 'entered'), sumOf(series, 'left')]
  const [came, went] = isAudience ? ['came in', 'left'] : ['got a value', 'lost it']
  if (entered === 0 && left === 0) return `Nobody ${came} or ${went} in ${label}.`
  const now = series.at(-1)?.count ?? 0
  const than = now - (entered - left)
  const change =
    now === than
      ? `as many as ${label} ago`
      : `${count(Math.abs(now - than))} ${now > than ? 'more' : 'fewer'} than ${label} ago`
  return `${count(now)} now, ${change}: ${count(entered)} ${came}, ${count(left)} ${went}.`
}

const sumOf = (series: readonly SizePoint[], of: 'entered' | 'left') => series.reduce((sum, each) => sum + each[of], 0)
