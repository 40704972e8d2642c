/** Spaces, their audiences and computed traits, and where these go. */
import type { Routes } from '../deps.ts'
import { activationRoutes } from './activations.ts'
import { computationRoutes } from './computations.ts'
import { definitionRoutes } from './definitions.ts'
import { deletedRoutes } from './deleted.ts'
import { destinationConnectionRoutes } from './destination-connections.ts'
import { computationListRoutes } from './list.ts'
import { memberRoutes } from './members.ts'
import { memberFileRoutes } from './members-file.ts'
import { profileEventRoutes } from './profile-events.ts'
import { profileExplainRoutes } from './profile-explain.ts'
import { profileReadRoutes } from './profiles.ts'
import { referenceRoutes } from './references.ts'
import { sizeRoutes } from './size.ts'
import { spaceRoutes } from './spaces.ts'
import { syncRoutes } from './syncs.ts'

export { spaceOf } from './lookup.ts'

export const SPACE_ROUTES: readonly Routes[] = [
  spaceRoutes,
  profileReadRoutes,
  profileEventRoutes,
  profileExplainRoutes,
  computationListRoutes,
  deletedRoutes,
  computationRoutes,
  memberRoutes,
  memberFileRoutes,
  sizeRoutes,
  definitionRoutes,
  destinationConnectionRoutes,
  activationRoutes,
  referenceRoutes,
  syncRoutes,
]
