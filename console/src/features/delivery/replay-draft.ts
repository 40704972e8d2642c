/** What a replay is to be of, while a person decides. Pure. */
export interface ReplayDraft {
  readonly kind: 'dead' | 'history'
  /** Dead letters with one of these reasons; none for all. */
  readonly reasons: readonly string[]
  /** Name of a track; empty for every event. */
  readonly event: string
  /** Local times as an input has them, `2026-01-31T00:00`; empty for no limit. */
  readonly from: string
  readonly to: string
  /** Deliveries a second. */
  readonly rate: number | string
}

export type ReplayAction =
  | { readonly type: 'kind'; readonly kind: ReplayDraft['kind'] }
  | { readonly type: 'reasons'; readonly reasons: readonly string[] }
  | { readonly type: 'event' | 'from' | 'to'; readonly text: string }
  | { readonly type: 'rate'; readonly rate: number | string }

export interface ReplayBody {
  readonly destinationId: string
  readonly kind: ReplayDraft['kind']
  readonly reasons?: readonly string[]
  readonly event?: string
  readonly from?: string
  readonly to?: string
  readonly ratePerSecond: number
}

/** What the server takes when it is not told. */
const RATE_DEFAULT = 500
const RATE_MAX = 10_000

export const draftOf = (reason: string | undefined): ReplayDraft => ({
  kind: 'dead',
  reasons: reason === undefined ? [] : [reason],
  event: '',
  from: '',
  to: '',
  rate: RATE_DEFAULT,
})

export function reduce(draft: ReplayDraft, action: ReplayAction): ReplayDraft {
  switch (action.type) {
    case 'kind':
      // Events of history have not died of anything.
      return { ...draft, kind: action.kind, reasons: action.kind === 'history' ? [] : draft.reasons }
    case 'reasons':
      return { ...draft, reasons: action.reasons }
    case 'rate':
      return { ...draft, rate: action.rate }
    case 'event':
    case 'from':
    case 'to':
      return { ...draft, [action.type]: action.text }
  }
}

/** By field; a draft without any can be previewed. */
export function problemsOf({
  kind,
  from,
  to,
  rate,
}: ReplayDraft): Readonly<Partial<Record<keyof ReplayDraft, string>>> {
  const isWhole = typeof rate === 'number' && Number.isInteger(rate) && rate >= 1 && rate <= RATE_MAX
  return {
    ...(isWhole ? {} : { rate: 'A whole number from 1 to 10,000.' }),
    ...(kind === 'history' && from === '' ? { from: 'From when on the destination misses events.' } : {}),
    ...(from !== '' && to !== '' && from >= to ? { to: 'Must be after the beginning.' } : {}),
  }
}

export function bodyOf(destinationId: string, { kind, reasons, event, from, to, rate }: ReplayDraft): ReplayBody {
  return {
    destinationId,
    kind,
    ratePerSecond: Number(rate),
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(event.trim() === '' ? {} : { event: event.trim() }),
    ...(from === '' ? {} : { from: new Date(from).toISOString() }),
    ...(to === '' ? {} : { to: new Date(to).toISOString() }),
  }
}
