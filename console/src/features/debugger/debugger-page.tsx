import { Anchor } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Page } from '../../shared/ui/page.tsx'
import { Debugger } from './debugger.tsx'

export function DebuggerPage() {
  const filter = useSearch({ from: '/signed-in/debugger' })
  const navigate = useNavigate()
  return (
    <Page
      title="Debugger"
      purpose={
        <>
          <Anchor component={Link} to="/sources" size="sm">
            Sources
          </Anchor>
          {' / what comes in at all of them, as it comes.'}
        </>
      }
      help="console#the-debugger"
    >
      <Debugger
        sourceId={undefined}
        filter={filter}
        onFilter={(search) => void navigate({ to: '.', search, replace: true })}
      />
    </Page>
  )
}
