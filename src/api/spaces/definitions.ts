/** Definitions that are not saved: whether a text can be one, and who would be in. */
import { type Static, Type } from 'typebox'
import { presentSample } from '../../connections/index.ts'
import { keyOf, type Level, print, traitsReadBy } from '../../engage/index.ts'
import { parsed, type SpaceComputation, type SpaceConfig } from '../../workspace/index.ts'
import * as answers from '../answers/computations.ts'
import type { Routes } from '../deps.ts'
import { ApiError, invalid } from '../problems.ts'
import { AudienceType, levelOf, Query } from './bodies.ts'
import { KeptPreviews, PREVIEW_KEPT_MS, PREVIEWS_KEPT, showing, toPreview } from './kept-previews.ts'
import { collectionOf, type OfCollection, spaceOf } from './lookup.ts'

const Check = Type.Object(
  { name: Type.Optional(Type.String()), definition: Query, audienceType: AudienceType },
  { additionalProperties: false },
)
const Preview = Type.Object(
  { definition: Query, audienceType: AudienceType, overlapWith: Type.Optional(Type.String()) },
  { additionalProperties: false },
)

const GONE = `There is no such preview: the last ${PREVIEWS_KEPT} are kept, for ${PREVIEW_KEPT_MS / 60_000} minutes.`

export const definitionRoutes: Routes = (app, deps, guard) => {
  const kept = new KeptPreviews()

  app.post<OfCollection & { Body: Static<typeof Check> }>(
    '/spaces/:space/:collection/check',
    { onRequest: guard('api:read'), config: answers.checkComputation, schema: { body: Check } },
    async ({ params, body }) => {
      const { kind } = collectionOf(params)
      await spaceOf(deps, params.space)
      const definition = parsed(kind, body.definition.query, levelOf(body))
      return {
        data: {
          query: print(definition),
          ...(body.name === undefined ? {} : { key: keyOf(body.name) }),
          traits: [...traitsReadBy(definition)],
        },
      }
    },
  )

  app.post<OfCollection & { Body: Static<typeof Preview> }>(
    '/spaces/:space/:collection/previews',
    { onRequest: guard('pii:read'), config: answers.previewComputation, schema: { body: Preview } },
    async (request) => {
      const { kind, one } = collectionOf(request.params)
      const space = await spaceOf(deps, request.params.space)
      const { definition, overlapWith } = request.body
      const level = levelOf(request.body)
      const config = deps.config().spaces.find(({ id }) => id === space.id)
      if (config === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
      const other = overlapWith === undefined ? undefined : overlapOf(config, overlapWith, level)
      const found = await deps.spaces.preview(config, kind, definition.query, level, other)
      const preview = toPreview(`prv_${deps.random.bytes(12).toString('base64url')}`, definition.query, level, found)
      kept.add({ spaceId: space.id, kind, level, untilPosition: found.untilPosition, preview }, deps.clock.nowMs())
      return { data: { [`${one}Preview`]: preview } }
    },
  )

  app.get<{ Params: OfCollection['Params'] & { preview: string } }>(
    '/spaces/:space/:collection/previews/:preview',
    { onRequest: guard('pii:read'), config: answers.getPreview },
    async ({ params }) => {
      const { kind, one } = collectionOf(params)
      const space = await spaceOf(deps, params.space)
      const found = kept.find(params.preview, deps.clock.nowMs())
      if (found?.spaceId !== space.id || found.kind !== kind)
        throw new ApiError(404, [{ type: 'not-found', message: GONE }])
      // Somebody of it may have been erased meanwhile.
      const sample = await presentSample(deps, found, found.preview.sample)
      return { data: { [`${one}Preview`]: showing(found.preview, sample) } }
    },
  )
}

/** @throws ApiError 422 where there is none */
function overlapOf({ computations }: SpaceConfig, named: string, level: Level): SpaceComputation {
  const other = computations.find(({ id, key }) => id === named || key === named)
  if (other === undefined)
    throw invalid('overlapWith', 'must be the id or key of an audience or computed trait that is switched on')
  if ((other.level ?? 'users') !== level) throw invalid('overlapWith', `must be of ${level}, as the definition is`)
  return other
}
