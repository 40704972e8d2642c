import { useSources } from '../../shared/source-names.ts'
import { AnchorLink } from '../../shared/ui/links.tsx'

/** Where a destination's events come from: a source, or a space, whose events Grapevine makes. Its id while names load, about as long. */
export function SourceLink({ id, size }: { id: string; size: 'xs' | 'sm' }) {
  const { sources, spaces } = useSources()
  const source = sources.find((each) => each.id === id)
  const space = spaces.find((each) => each.id === id)
  if (source !== undefined)
    return (
      <AnchorLink to="/sources/$id" params={{ id }} size={size}>
        {source.name}
      </AnchorLink>
    )
  if (space === undefined) return <>{id}</>
  return (
    <AnchorLink to="/audiences" search={{ space: id }} size={size}>
      {space.name}
    </AnchorLink>
  )
}
