/** Segment's destinations as `scripts/prepare.mjs --test` installed them. */
import { fileURLToPath } from 'node:url'
import { segmentCatalogStatus } from './files.ts'

export const SEGMENT_CATALOG = fileURLToPath(new URL('../../../artifacts/segment-catalog', import.meta.url))

const isInstalled = segmentCatalogStatus(SEGMENT_CATALOG).state === 'installed'

/** For `describe.skipIf` and the name of what is skipped. */
export const isCatalogMissing = !isInstalled
export const notRunWithout = isInstalled
  ? ''
  : " (not run: Segment's destinations are not installed, see npm run pretest)"
