/** As what it is counted that members of a computation change. Pure. */
import type { VolumeKey } from '../volume/port.ts'

const NO_EVENT = { route: null, type: null, name: null, reason: null } as const

/** @param computation its number */
export const membersKey = (computation: number, fact: 'entered' | 'left'): VolumeKey => ({
  scope: 'computation',
  id: String(computation),
  fact,
  ...NO_EVENT,
})
