import { Text } from '@mantine/core'
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

/** Above what can be looked at without the right to change it: why its fields are greyed. */
export const LookOnly = ({ right }: { right: string }) =>
  useMay(right) ? null : (
    <Text size="sm">You can look at this, not change it: your account lacks the right {right}.</Text>
  )

export const NotYours = ({ right, what }: Theirs) => (
  <Empty title={`${what} not for your account`} hint={`It lacks the right ${right}. Ask who manages people here.`} />
)
