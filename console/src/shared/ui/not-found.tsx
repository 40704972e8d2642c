import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Empty } from './empty.tsx'
import { Page, useIsInPage } from './page.tsx'

export function NotFound() {
  if (useIsInPage()) return <Nothing />
  return (
    <Page title="Not found" help="console">
      <Nothing />
    </Page>
  )
}

const Nothing = () => (
  <Empty title="There is no such page" hint="The address may be mistyped, or what it showed is gone.">
    <Anchor component={Link} to="/">
      To the overview
    </Anchor>
  </Empty>
)
