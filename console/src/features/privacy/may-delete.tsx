import type { ReactNode } from 'react'
import { useMay } from '../../shared/session.ts'
import { Empty } from '../../shared/ui/empty.tsx'

/** Draws what begins a deletion, for those who may; how far one is, everybody may see. */
export function MayDelete({ children }: { children: ReactNode }) {
  if (useMay('regulations:write')) return children
  return (
    <Empty
      title="Deleting people is not for your account"
      hint="It lacks the right regulations:write. Ask who manages people here."
    />
  )
}
