import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Empty } from './empty.tsx'

export function NotFound() {
  return (
    <Empty title="There is no such page" hint="The address may be mistyped, or what it showed is gone.">
      <Anchor component={Link} to="/">
        To the overview
      </Anchor>
    </Empty>
  )
}
