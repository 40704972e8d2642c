/**
 * What a destination is here: a definition of Segment's Actions framework, and beside it what that framework has no
 * word for. Others hold a `CatalogEntry` and pass it to `run.ts`; they need not know the framework.
 */
import type {
  BaseActionDefinition,
  DestinationDefinition,
  GlobalSetting,
  Preset,
  RequestClient,
} from '@segment/actions-core'
import type { AnswerPolicy } from './answers.ts'
import type { RenderedRequest } from './outcome.ts'

/** Decrypted settings of an instance, as in `DestinationInstance.settings`. */
export type Settings = Readonly<Record<string, unknown>>

/** Headers that depend on the bytes that are sent and on when. Called for each request, retries included. */
export type SignRequest = (
  request: RenderedRequest,
  settings: Settings,
  nowMs: number,
) => Readonly<Record<string, string>>

/** A Segment Actions definition. Its settings were checked when they were saved. */
export type Definition = DestinationDefinition<Settings> & { readonly signRequest?: SignRequest }

/** How deliveries of one mapping go together. */
export interface Batching {
  /** Fewer than this many go one by one. */
  readonly itemsMin: number
  readonly itemsMax: number
  /** Milliseconds for one batch, what the definition waits for included. */
  readonly msMax: number
}

/** Resolves after so many milliseconds, or rejects when the time is over. */
export type Wait = (ms: number) => Promise<void>

/**
 * Ends what an earlier process, or a batch without a clear end, may have left running at the destination, where it could
 * come after newer events. Nothing else is sent to the account before it has succeeded.
 */
export interface Settling {
  isNeeded(settings: Settings): boolean
  /** Rejects when it cannot be seen whether something runs. */
  settle(request: RequestClient, settings: Settings, wait: Wait): Promise<void>
}

/** What events are called at a destination that may call them other than their sender. */
export interface EventNaming {
  /** What a call is called there. @param payload an action's fields as a mapping filled them */
  sentAs(payload: unknown, settings: Settings): string
  /** Names that are set: from the sender's to the destination's. */
  read(settings: Settings): ReadonlyMap<string, string>
  /** The change of the settings that sets them, in place of all that are set. */
  write(names: ReadonlyMap<string, string>): Settings
  /** What an event of this name usually is there, null where nothing is usual. */
  suggest(name: string): string | null
}

/** What the framework has no word for. */
export interface DestinationFacts {
  readonly answers: AnswerPolicy
  /** The same for the answers to `runDelete`. */
  readonly deleteAnswers: AnswerPolicy
  /**
   * Instances with the same text share rate limit, breaker and hold. It contains credentials: hash it before it is
   * kept or shown.
   */
  credentialKey(settings: Settings): string
  /** Whether the destination sees one effect however often this payload is sent. */
  hasUniqueKey(payload: unknown, settings: Settings): boolean
  /**
   * Whether an event came from the destination itself, so that delivering it would go round in a circle. `sourceKind`
   * is the kind of its source. Must not throw.
   */
  isEcho?(event: object, settings: Settings, sourceKind: string): boolean
  /** What is wrong with settings beyond what their types and choices say. */
  checkSettings?(settings: Settings): readonly { readonly field: string; readonly message: string }[]
  /** How an action's events go together where its mapping does not say so; null: one by one. */
  batching?(action: string, settings: Settings): Batching | null
  readonly settling?: Settling
  readonly eventNames?: EventNaming
  /** Settings under which an event tester's call answers more than a delivery needs. */
  testSettings?(settings: Settings): Settings
}

export interface DestinationPlugin extends DestinationFacts {
  readonly definition: Definition
}

/** A definition's type for its own settings is narrower than what can be held in one list. */
export function asDefinition<Own>(definition: DestinationDefinition<Own>): Definition {
  return definition as unknown as Definition
}

/** The part of a definition, or of its shape, that says which settings it has. */
export interface WithSettings {
  readonly authentication?: { readonly fields?: Readonly<Record<string, GlobalSetting>> }
}

/** Settings of type `password`: they are encrypted at rest, masked when shown and never logged. */
export function secretSettingsOf(definition: WithSettings): readonly string[] {
  const fields = definition.authentication?.fields ?? {}
  return Object.keys(fields).filter((name) => fields[name]?.type === 'password')
}

/** A mapping that a new instance starts with. */
export interface PresetMapping {
  readonly name: string
  readonly action: string
  /** FQL. */
  readonly trigger: string
  readonly mapping: Readonly<Record<string, unknown>>
}

/** The mappings that make a new instance work at once. */
export function presetsOf(definition: { readonly presets?: readonly Preset[] }): PresetMapping[] {
  return (definition.presets ?? []).filter(isAutomatic).map((preset) => ({
    name: preset.name ?? preset.partnerAction,
    action: preset.partnerAction,
    trigger: preset.subscribe,
    mapping: preset.mapping ?? {},
  }))
}

interface WithActions {
  readonly actions: Readonly<Record<string, Pick<BaseActionDefinition, 'fields'>>>
}

/** What an action's fields are filled with unless a person says otherwise. */
export function defaultMappingOf(definition: WithActions, action: string): Record<string, unknown> {
  const fields = definition.actions[action]?.fields ?? {}
  const mapping: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (field.default !== undefined) mapping[name] = field.default
  }
  return mapping
}

function isAutomatic(preset: Preset): preset is Extract<Preset, { type: 'automatic' }> {
  return preset.type === 'automatic'
}
