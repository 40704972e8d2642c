/** Labels of the workspace, and which of them a source has. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/sources.ts'
import { ask, part } from '../../../shared/api.ts'
import { ifMatch } from '../../../shared/safe-save.ts'

interface Word {
  readonly key: string
  readonly value: string
}

export const labelsQuery = queryOptions({
  queryKey: ['labels'],
  queryFn: async ({ signal }) => (await ask(answers.listLabels, '/labels', { signal })).data.labels,
})

export const makeLabel = (label: Word) => ask(answers.createLabel, '/labels', { method: 'POST', body: { label } })

/** @param tag of the source that was seen */
export const setLabels = (sourceId: string, labels: readonly Word[], tag: string | undefined) =>
  ask(answers.replaceLabelsInSource, `/sources/${part(sourceId)}/labels`, {
    method: 'PUT',
    body: { labels },
    headers: ifMatch(tag),
  })
