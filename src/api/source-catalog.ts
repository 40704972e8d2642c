/** Kinds of sources, in the shapes of Segment's API (segment contract 8.3). */
import * as answers from './answers/sources.ts'
import type { Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'

type Kind = readonly [id: string, slug: string, name: string, category: string]

/** Ids are Segment's where they are public, else the slug. */
const KINDS: readonly Kind[] = [
  ['IqDTy1TpoU', 'javascript', 'JavaScript', 'Website'],
  ['iUM16Md8P2', 'http', 'HTTP API', 'Server'],
  ['7XqN9rJQOG', 'pixel', 'Pixel', 'Website'],
  ['node', 'node', 'Node.js', 'Server'],
  ['go', 'go', 'Go', 'Server'],
  ['java', 'java', 'Java', 'Server'],
  ['net', 'net', '.NET', 'Server'],
  ['php', 'php', 'PHP', 'Server'],
  ['python', 'python', 'Python', 'Server'],
  ['ruby', 'ruby', 'Ruby', 'Server'],
  ['kotlin', 'kotlin', 'Kotlin (Android)', 'Mobile'],
  ['swift', 'swift', 'Swift (Apple)', 'Mobile'],
  ['react-native', 'react-native', 'React Native', 'Mobile'],
  ['flutter', 'flutter', 'Flutter', 'Mobile'],
]

const CATALOG: readonly answers.SourceMetadata[] = KINDS.map(([id, slug, name, category]) => ({
  id,
  slug,
  name,
  description: `Events that are sent with ${name}.`,
  logos: { default: '' },
  options: [],
  categories: [category],
  isCloudEventSource: false,
  status: 'PUBLIC',
}))

const byIdOrSlug = (text: string) => CATALOG.find(({ id, slug }) => id === text || slug === text)

/** The word under which the workspace keeps a kind. One that is not in the catalog is a word of the caller's own. */
export const sourceKindOf = (metadataId: string): string => byIdOrSlug(metadataId)?.slug ?? metadataId

export function sourceMetadata(kind: string): answers.SourceMetadata {
  const own = { id: kind, slug: kind, name: kind, description: '', logos: { default: '' }, options: [], categories: [] }
  return byIdOrSlug(kind) ?? { ...own, isCloudEventSource: false, status: 'PUBLIC' }
}

export const sourceCatalogRoutes: Routes = (app, _deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/catalog/sources',
    { onRequest: guard('api:read'), config: answers.getSourcesCatalog, schema: { querystring: PageQuery } },
    async ({ query }) => {
      const { page, pagination } = pageOf(CATALOG, query)
      return { data: { sourcesCatalog: page, pagination } }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/catalog/sources/:id',
    { onRequest: guard('api:read'), config: answers.getSourceMetadata },
    async ({ params }) => {
      const found = byIdOrSlug(params.id)
      if (found !== undefined) return { data: { sourceMetadata: found } }
      throw new ApiError(404, [{ type: 'not-found', message: 'The catalog does not have this kind of source.' }])
    },
  )
}
