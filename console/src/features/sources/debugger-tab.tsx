import { useNavigate, useSearch } from '@tanstack/react-router'
import { Debugger } from '../debugger/debugger.tsx'
import { useSource } from './use-source.ts'

export function DebuggerTab() {
  const { id } = useSource()
  const filter = useSearch({ from: '/signed-in/sources/$id/debugger' })
  const navigate = useNavigate()
  return (
    <Debugger
      key={id}
      sourceId={id}
      filter={filter}
      onFilter={(search) => void navigate({ to: '.', search, replace: true })}
    />
  )
}
