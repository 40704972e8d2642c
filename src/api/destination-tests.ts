/**
 * Tests of a destination's settings, saved or not. Both need the right to write: the test calls whatever address the
 * settings name, with the saved credentials.
 */
import { type Static, Type } from 'typebox'
import type { TestResult } from '../destinations/index.ts'
import { type DestinationInstance, mergeSettings } from '../workspace/index.ts'
import * as answers from './answers/destinations.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { ApiError } from './problems.ts'

const Settings = Type.Record(Type.String(), Type.Unknown())
const TestSettings = Type.Object(
  { metadataId: Type.String({ minLength: 1, maxLength: 100 }), settings: Settings },
  { additionalProperties: false },
)
const TestSaved = Type.Union([
  Type.Null(),
  Type.Object({ settings: Type.Optional(Settings) }, { additionalProperties: false }),
])

export const destinationTestRoutes: Routes = (app, deps, guard) => {
  app.post<{ Body: Static<typeof TestSettings> }>(
    '/destinations/test',
    { onRequest: guard('api:write'), config: answers.testDestinationSettings, schema: { body: TestSettings } },
    async ({ body: { metadataId, settings } }) => {
      const entry = deps.catalog.findById(metadataId) ?? deps.catalog.find(metadataId)
      if (entry === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The catalog does not have this destination.' }])
      return { data: { check: await tried(deps, { kind: entry.slug, settings }) } }
    },
  )

  app.post<{ Params: { id: string }; Body: Static<typeof TestSaved> | undefined }>(
    '/destinations/:id/test',
    { onRequest: guard('api:write'), config: answers.testDestination, schema: { body: TestSaved } },
    async ({ params, body }) => {
      const instance = deps.config().destinations.get(params.id)
      if (instance === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      const settings = mergeSettings(instance.settings, body?.settings ?? {})
      return { data: { check: await tried(deps, { kind: instance.kind, settings }) } }
    },
  )
}

/**
 * The test that follows a save. The save stands whatever comes of it: a destination that is down must not keep its
 * operator from correcting its settings, and events wait for it anyway. `null` for one that is switched off.
 */
export async function checkAfterSave(deps: ApiDeps, saved: DestinationInstance): Promise<TestResult | null> {
  if (!saved.enabled) return null
  const check = await tried(deps, saved)
  const findings = [...(check.isValid ? [] : [check.message]), ...check.warnings].join(' ')
  if (findings !== '') deps.logger.warn('destination saved with findings', { destination: saved.id, findings })
  return check
}

/** Settings that cannot be right are not tried. */
async function tried(
  deps: ApiDeps,
  { kind, settings }: Pick<DestinationInstance, 'kind' | 'settings'>,
): Promise<TestResult> {
  const entry = deps.catalog.find(kind)
  if (entry === undefined) return { isValid: false, message: 'The catalog does not have its kind.', warnings: [] }
  const problems = deps.settingsProblems(kind, settings)
  if (problems.length === 0) return deps.runner.testAuthentication(entry, settings)
  const message = problems.map(({ field, message: problem }) => `${field} ${problem}.`).join(' ')
  return { isValid: false, message, warnings: [] }
}
