import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { spacesQuery } from '../spaces.ts'
import { Answered } from './answered.tsx'
import { Empty } from './empty.tsx'
import { AnchorLink } from './links.tsx'
import { Page } from './page.tsx'

/**
 * Draws what belongs to the space that the address names, else to the first one.
 * @param title of the view while there is no space to draw it for
 */
export function InSpace(props: { title: string; help: string; children: (space: Space) => ReactNode }) {
  const { title, help, children } = props
  const { space: asked } = useSearch({ strict: false })
  const spaces = useQuery(spacesQuery)
  const space = asked === undefined ? spaces.data?.[0] : spaces.data?.find(({ id }) => id === asked)
  if (space !== undefined) return children(space)
  return (
    <Page title={title} help={help}>
      <Answered query={spaces} label="Loading the spaces">
        {(all) =>
          all.length === 0 ? (
            <Empty
              title="There is no space yet"
              hint="A space brings the events of sources together into one profile for each person. Make one with grapevine space create."
            />
          ) : (
            // Never another space's people under an address that somebody sent.
            <Empty
              title="This space is not there"
              hint={`No space has the id ${asked}. It may have been deleted, or the address is incomplete.`}
            >
              {all.map(({ id, name }) => (
                <AnchorLink key={id} to="." search={{ space: id }} size="sm">
                  {name}
                </AnchorLink>
              ))}
            </Empty>
          )
        }
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
      // What was looked for is looked for there, too, from its first page on.
      onChange={(id) =>
        id !== null && void navigate({ to: '.', search: (before) => ({ ...before, space: id, cursor: undefined }) })
      }
    />
  )
}
