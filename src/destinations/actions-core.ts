/**
 * Loads Segment's Actions framework when it is first needed: it takes some 100 ms. The package's ES modules cannot be
 * loaded by Node (they import folders), so the CommonJS build is used.
 */
import { createRequire } from 'node:module'

type ActionsCore = typeof import('@segment/actions-core')

let loaded: ActionsCore | undefined

/** Takes the framework that another module is written for, where it has one. Before anything asks for ours. */
export function useActionsCoreOf(require: NodeJS.Require): void {
  try {
    loaded = require('@segment/actions-core') as ActionsCore
  } catch (error) {
    if (Object(error).code !== 'MODULE_NOT_FOUND') throw error
  }
}

export function actionsCore(): ActionsCore {
  loaded ??= createRequire(import.meta.url)('@segment/actions-core') as ActionsCore
  return loaded
}
