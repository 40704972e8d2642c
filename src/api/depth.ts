/** How deep a body may be nested: what is deeper cannot be passed between threads. Pure. */
import type { FastifyInstance } from 'fastify'
import { ApiError } from './problems.ts'

/** Levels of objects and lists in one body. Events have fewer. */
export const BODY_DEPTH_MAX = 100

export function isDeeperThan(body: unknown, levelsMax: number): boolean {
  let level: readonly unknown[] = [body]
  for (let depth = 0; ; depth += 1) {
    const nested = level.filter((each) => typeof each === 'object' && each !== null)
    if (nested.length === 0) return false
    if (depth === levelsMax) return true
    level = nested.flatMap((each) => Object.values(each as object))
  }
}

export function limitDepth(api: FastifyInstance): void {
  api.addHook('preValidation', async ({ body }) => {
    if (!isDeeperThan(body, BODY_DEPTH_MAX)) return
    const message = `body is nested deeper than ${BODY_DEPTH_MAX} levels`
    throw new ApiError(422, [{ type: 'input-validation', field: '', message }])
  })
}
