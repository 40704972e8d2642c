/** Where Segment's destinations are installed, and what is said where they are not. */
import { join } from 'node:path'
import { Catalog, segmentCatalogStatus, segmentShelf } from '../destinations/index.ts'

/**
 * Where Segment's destinations are: in the data directory, which can be written where the program's own folder often
 * cannot, and which outlives an update; elsewhere if the setting says so, e.g. in an image.
 */
export function segmentCatalogDirectory(config: {
  readonly GRAPEVINE_DATA: string
  readonly GRAPEVINE_SEGMENT_CATALOG: string | undefined
}): string {
  return config.GRAPEVINE_SEGMENT_CATALOG ?? join(config.GRAPEVINE_DATA, 'segment-catalog')
}

/** What whoever looks at the catalog has to know about what is not in it. Sentences. */
export function catalogNotices(segmentCatalog: string): string[] {
  const { state } = segmentCatalogStatus(segmentCatalog)
  if (state === 'installed') return []
  const what = state === 'absent' ? 'are not installed' : 'were installed by another version and are not used'
  return [`Segment's own destinations ${what}. Run \`grapevine catalog install\`.`]
}

/** Slugs that a destination of one's own cannot have. */
export function takenSlugs(segmentCatalog: string): ReadonlySet<string> {
  const segment = segmentShelf(segmentCatalog)
  return new Set(new Catalog(segment === null ? [] : [segment]).list().map(({ slug }) => slug))
}
