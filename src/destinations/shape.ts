/**
 * What a definition says about itself, without what it does: plain JSON, so that a destination can be listed, filled in
 * and checked where its code is not loaded.
 */
import type { ActionDefinition, GlobalSetting, InputField, Preset } from '@segment/actions-core'
import type { Definition, Settings } from './definition.ts'

export interface ActionShape {
  readonly title: string
  readonly description: string
  readonly platform?: 'cloud' | 'web'
  readonly hidden?: boolean
  /** FQL that fits the action. */
  readonly defaultSubscription?: string
  readonly fields: Readonly<Record<string, InputField>>
  /** Whether many events can be sent in one request. */
  readonly canBatch: boolean
}

export interface DestinationShape {
  readonly authentication?: { readonly scheme: string; readonly fields: Readonly<Record<string, GlobalSetting>> }
  /** By slug. */
  readonly actions: Readonly<Record<string, ActionShape>>
  readonly presets: readonly Preset[]
  /** Whether it can be told to forget a person. */
  readonly canDelete: boolean
  /** Whether its credentials can be tried without sending an event. */
  readonly canTestAuthentication: boolean
}

/** Takes the shape of a definition. What JSON cannot hold is left behind. */
export function shapeOf(definition: Definition): DestinationShape {
  const { authentication, presets = [] } = definition
  const actions = Object.entries(definition.actions).map(([slug, action]) => [slug, actionShape(action)] as const)
  const shape: DestinationShape = {
    ...(authentication === undefined
      ? {}
      : { authentication: { scheme: authentication.scheme, fields: authentication.fields ?? {} } }),
    actions: Object.fromEntries(actions),
    presets,
    canDelete: definition.onDelete !== undefined,
    canTestAuthentication: authentication?.testAuthentication !== undefined,
  }
  return JSON.parse(JSON.stringify(shape)) as DestinationShape
}

function actionShape(action: ActionDefinition<Settings>): ActionShape {
  const { title, description, platform, hidden, defaultSubscription, fields, performBatch } = action
  return {
    title,
    description,
    ...(platform === undefined ? {} : { platform }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(defaultSubscription === undefined ? {} : { defaultSubscription }),
    fields: fields ?? {},
    canBatch: performBatch !== undefined,
  }
}
