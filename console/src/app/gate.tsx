import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Frame } from '../features/sign-in/frame.tsx'
import { Loading } from '../shared/ui/loading.tsx'
import { ProblemPanel } from '../shared/ui/problem-panel.tsx'

/** Until it is known who is signed in, nothing else can be drawn. */
export const GateLoading = () => (
  <Frame title="Grapevine" hint="Asking the server who is signed in.">
    <Loading label="Loading who is signed in" rows={2} />
  </Frame>
)

export function GateFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <Frame title="Grapevine" hint="The server did not say who is signed in, so nothing can be shown yet.">
      <ProblemPanel
        problem={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </Frame>
  )
}
