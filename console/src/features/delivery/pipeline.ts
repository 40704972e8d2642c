/** The steps an event takes to a destination, as Segment's delivery overview has them (segment contract 3.8). Pure. */
import { DROP_REASONS, REJECT_REASONS } from '../../../../src/spec/reasons.ts'
import { filterText } from '../../shared/filter-text.ts'
import { count } from '../../shared/format.ts'
import type { CountedStep, StepCounts } from './api/steps.ts'
import { meaningOf } from './dead-letters.ts'

export interface PipelineRow {
  readonly step: CountedStep | 'pending-retry'
  readonly label: string
  /** What it means, in a sentence. */
  readonly says: string
  readonly total: number
  /** Part of those that could have come here, 0 to 1; undefined where there were none, and of what is only now. */
  readonly part: number | undefined
  readonly reasons: StepCounts['reasons']
  readonly tone: 'neutral' | 'left out' | 'bad' | 'good'
}

/** @param pending deliveries that wait now: they are not counted over time */
export function pipelineOf(counts: Readonly<Record<CountedStep, StepCounts>>, pending: number): readonly PipelineRow[] {
  const total = (step: CountedStep) => counts[step].total
  const received = total('successfully-received')
  const rejected = total('failed-on-ingest')
  const accepted = received - total('filtered-at-source')
  const ended = total('failed-delivery') + total('successful-delivery')
  const row = (step: CountedStep, label: string, says: string, of: number, tone: PipelineRow['tone']): PipelineRow => ({
    step,
    label,
    says,
    total: total(step),
    part: of === 0 ? undefined : total(step) / of,
    reasons: step === 'successful-delivery' ? [] : counts[step].reasons,
    tone,
  })
  return [
    row('successfully-received', 'Successfully received', 'of what came in', received + rejected, 'neutral'),
    row('failed-on-ingest', 'Failed on ingest', 'of what came in', received + rejected, 'bad'),
    row('filtered-at-source', 'Filtered at source', 'of what was received', received, 'left out'),
    row('filtered-at-destination', 'Filtered at destination', 'of what was accepted', accepted, 'left out'),
    {
      step: 'pending-retry',
      label: 'Pending',
      says: 'deliveries that wait now',
      total: pending,
      part: undefined,
      reasons: [],
      tone: 'neutral',
    },
    row('failed-delivery', 'Failed delivery', 'of the deliveries that ended', ended, 'bad'),
    row('successful-delivery', 'Successful delivery', 'of the deliveries that ended', ended, 'good'),
  ]
}

const AT_SOURCE: Readonly<Record<string, string>> = { ...REJECT_REASONS, ...DROP_REASONS }

/** Why events ended at a step, as a sentence. @param reason as the API has it; undefined for one that has no sentence */
export const reasonText = (step: PipelineRow['step'], reason: string): string | undefined =>
  step === 'failed-delivery' ? meaningOf(reason) : (AT_SOURCE[reason] ?? filterText(reason))

/** A figure against that of as much time right before. @param before null where nobody knows it */
export function changeWords(now: number, before: number | null): string {
  if (before === null) return ''
  if (before === 0) return now === 0 ? '' : 'none before'
  const change = Math.round(((now - before) / before) * 100)
  const sign = change === 0 ? '±' : change > 0 ? '+' : '−'
  return `${count(before)} before, ${sign}${count(Math.abs(change))} %`
}

/** How it is written: never 100 % of something that has exceptions, never 0 % of something that is there. */
export function percent(part: number): string {
  if (part <= 0) return '0 %'
  if (part >= 1) return '100 %'
  if (part < 0.001) return 'below 0.1 %'
  if (part > 0.999) return 'over 99.9 %'
  return `${Math.round(part * 1_000) / 10} %`
}
