import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isGone } from '../problem.ts'
import { Loading } from './loading.tsx'
import { ProblemPanel } from './problem-panel.tsx'

/**
 * Loading, failed and full, everywhere alike; what is empty, the view itself knows best. An answer that is old stays in
 * sight, with what went wrong since above it, but for what is there no more: that may be a person who was deleted.
 */
export function Answered<T>(props: {
  query: UseQueryResult<T>
  label: string
  rows?: number
  children: (data: T) => ReactNode
}) {
  const { query, label, rows, children } = props
  if (query.data === undefined || isGone(query.error)) {
    if (query.isError) return <ProblemPanel problem={query.error} onRetry={() => void query.refetch()} />
    return <Loading label={label} {...(rows === undefined ? {} : { rows })} />
  }
  return (
    <>
      {query.isError && <ProblemPanel problem={query.error} onRetry={() => void query.refetch()} />}
      {children(query.data)}
    </>
  )
}
