import type { ReactNode } from 'react'
import { useMay } from '../session.ts'
import { Empty } from './empty.tsx'

interface Theirs {
  readonly right: string
  /** What it is, with its verb, e.g. `Profiles are`. */
  readonly what: string
}

/** Draws what is for those who have a right; others are told which one, and nothing is asked that would be refused. */
export const ForThose = ({ right, what, children }: Theirs & { children: ReactNode }) =>
  useMay(right) ? children : <NotYours right={right} what={what} />

export const NotYours = ({ right, what }: Theirs) => (
  <Empty title={`${what} not for your account`} hint={`It lacks the right ${right}. Ask who manages people here.`} />
)
