/** Labels of the workspace and of its sources, in Segment's shapes. */
import { type Static, Type } from 'typebox'
import type { Label } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/sources.ts'
import type { Routes } from './deps.ts'

const Word = Type.String({ minLength: 1, maxLength: 100 })
const LabelInput = Type.Object(
  { key: Word, value: Word, description: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])) },
  { additionalProperties: false },
)
const CreateLabel = Type.Object({ label: LabelInput }, { additionalProperties: false })
const SourceLabels = Type.Object({ labels: Type.Array(LabelInput, { maxItems: 50 }) }, { additionalProperties: false })
type OfSource = { Params: { id: string }; Body: Static<typeof SourceLabels> }

export const labelRoutes: Routes = (app, deps, guard) => {
  app.get('/labels', { onRequest: guard('api:read'), config: answers.listLabels }, async () => ({
    data: { labels: await deps.listLabels() },
  }))

  app.post<{ Body: Static<typeof CreateLabel> }>(
    '/labels',
    { onRequest: guard('api:write'), config: answers.createLabel, schema: { body: CreateLabel } },
    async (request, reply) => {
      const label = await deps.commands.createLabel(toLabel(request.body.label), actorOf(request))
      return reply.status(201).send({ data: { label } })
    },
  )

  app.delete<{ Params: { key: string; value: string } }>(
    '/labels/:key/:value',
    { onRequest: guard('api:write'), config: answers.deleteLabel },
    async (request) => {
      await deps.commands.deleteLabel(request.params, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.post<OfSource>(
    '/sources/:id/labels',
    { onRequest: guard('api:write'), config: answers.addLabelsToSource, schema: { body: SourceLabels } },
    async (request) => {
      const args = { sourceId: request.params.id, labels: request.body.labels.map(toLabel), how: 'add' } as const
      return { data: { labels: await deps.commands.setSourceLabels(args, actorOf(request)) } }
    },
  )

  app.put<OfSource>(
    '/sources/:id/labels',
    { onRequest: guard('api:write'), config: answers.replaceLabelsInSource, schema: { body: SourceLabels } },
    async (request) => {
      const args = { sourceId: request.params.id, labels: request.body.labels.map(toLabel), how: 'replace' } as const
      return { data: { labels: await deps.commands.setSourceLabels(args, actorOf(request)) } }
    },
  )
}

function toLabel({ key, value, description }: Static<typeof LabelInput>): Label {
  return { key, value, ...(typeof description === 'string' ? { description } : {}) }
}
