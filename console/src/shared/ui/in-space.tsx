import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { spacesQuery } from '../spaces.ts'
import { Answered } from './answered.tsx'
import { Empty } from './empty.tsx'
import { Page } from './page.tsx'

/**
 * Draws what belongs to the space that the address names, else to the first one.
 * @param title of the view while there is no space to draw it for
 */
export function InSpace(props: { title: string; help: string; children: (space: Space) => ReactNode }) {
  const { title, help, children } = props
  const { space: asked } = useSearch({ strict: false })
  const spaces = useQuery(spacesQuery)
  const space = spaces.data?.find(({ id }) => id === asked) ?? spaces.data?.[0]
  if (space !== undefined) return children(space)
  return (
    <Page title={title} help={help}>
      <Answered query={spaces} label="Loading the spaces">
        {() => (
          <Empty
            title="There is no space yet"
            hint="A space brings the events of sources together into one profile for each person. Make one with grapevine space create."
          />
        )}
      </Answered>
    </Page>
  )
}

/** Nothing where there is one space only. */
export function SpacePicker({ space }: { space: Space }) {
  const { data: all = [] } = useQuery(spacesQuery)
  const navigate = useNavigate()
  if (all.length < 2) return null
  return (
    <Select
      aria-label="Space"
      allowDeselect={false}
      value={space.id}
      data={all.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id) => void navigate({ to: '.', search: id === null ? {} : { space: id } })}
    />
  )
}
