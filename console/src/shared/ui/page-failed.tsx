import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Page, useIsInPage } from './page.tsx'
import { ProblemPanel } from './problem-panel.tsx'

/** In place of a view, or of a part of one, that cannot be drawn. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const panel = (
    <ProblemPanel
      problem={error}
      onRetry={() => {
        reset()
        void router.invalidate()
      }}
    />
  )
  if (useIsInPage()) return panel
  return (
    <Page title="This page did not open" help="operations#what-to-do-when">
      {panel}
    </Page>
  )
}
