import { Anchor } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { listAddress } from '../list-address.ts'
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
  if (isGone(query.error)) return <Gone problem={query.error} />
  if (query.data === undefined) {
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

/** To ask again helps nobody: the list has what there is. */
export function Gone({ problem }: { problem: unknown }) {
  const list = listAddress(useRouterState({ select: ({ location }) => location.pathname }))
  return (
    <>
      <ProblemPanel problem={problem} />
      {list !== undefined && (
        <Anchor component={Link} to={list}>
          To the list
        </Anchor>
      )}
    </>
  )
}
