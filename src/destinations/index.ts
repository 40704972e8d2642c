export type { Outcome, RenderedRequest } from './outcome.ts'
