import { expect, test } from 'vitest'
import { KeptPreviews, PREVIEW_KEPT_MS, PREVIEWS_KEPT, toPreview } from './kept-previews.ts'

const found = { size: 1, profiles: 2, identifiers: [], untilPosition: 9, isComplete: true }
const sample = [{ externalIds: [{ type: 'user_id', id: 'ada' }], value: true }]
const aPreview = (id: string) => ({
  spaceId: 'spa_1',
  kind: 'audience',
  level: 'users' as const,
  untilPosition: 9,
  preview: toPreview(id, "trait('a') = 1", 'users', { ...found, sample }),
})

test('a preview has the shape of Segment, and ours beside it', () => {
  expect(aPreview('prv_1').preview).toMatchObject({
    id: 'prv_1',
    audienceType: 'USERS',
    status: 'COMPLETED',
    size: { count: 1, type: 'USERS' },
    results: [{ id: 'ada' }],
    profiles: 2,
  })
})

test('the newest previews are kept, and the oldest goes for one more', () => {
  const kept = new KeptPreviews()
  for (let n = 0; n < PREVIEWS_KEPT; n += 1) kept.add(aPreview(`prv_${n}`), 0)
  expect(kept.find('prv_0', 0)).toBeDefined()
  kept.add(aPreview('prv_more'), 0)
  expect([kept.find('prv_0', 0), kept.find('prv_1', 0), kept.find('prv_more', 0)]).toEqual([
    undefined,
    aPreview('prv_1'),
    aPreview('prv_more'),
  ])
})

test('a preview is kept until its time is over, and not at it', () => {
  const kept = new KeptPreviews()
  kept.add(aPreview('prv_1'), 10)
  expect(kept.find('prv_1', 9 + PREVIEW_KEPT_MS)).toBeDefined()
  expect(kept.find('prv_1', 10 + PREVIEW_KEPT_MS)).toBeUndefined()
})
