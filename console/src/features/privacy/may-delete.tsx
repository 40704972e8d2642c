import type { ReactNode } from 'react'
import { useMay } from '../../shared/session.ts'
import { Empty } from '../../shared/ui/empty.tsx'

/** Draws what is for those only who may delete people. */
export function MayDelete({ children }: { children: ReactNode }) {
  if (useMay('regulations:write')) return children
  return (
    <Empty
      title="Deleting people is not for your account"
      hint="It lacks the right regulations:write. Ask who manages people here."
    />
  )
}
