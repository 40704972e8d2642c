import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { ProblemPanel } from './problem-panel.tsx'

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <ProblemPanel
      problem={error}
      onRetry={() => {
        reset()
        void router.invalidate()
      }}
    />
  )
}
