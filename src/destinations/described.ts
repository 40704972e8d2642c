/**
 * A destination as plain JSON: what a catalog shows of it and the file its code is in. Made where the code is loaded,
 * kept in files, and made an entry again where it is not.
 */
import type { Preset } from '@segment/actions-core'
import { anyBodyPolicy } from './answers.ts'
import type { CatalogEntry, CatalogSummary, Method, Origin, Shelf } from './catalog.ts'
import { type Definition, secretSettingsOf } from './definition.ts'
import { type DestinationShape, shapeOf } from './shape.ts'

export interface Described {
  readonly summary: CatalogSummary
  readonly shape: DestinationShape
  /** Absolute path of the file whose default export is the definition. */
  readonly module: string
}

const METHODS: readonly Method[] = ['identify', 'track', 'page', 'screen', 'group', 'alias']

/** Describes a definition that is loaded. */
export function describe(
  definition: Definition,
  from: { readonly id: string; readonly slug: string; readonly origin: Origin; readonly module: string },
): Described {
  const { id, slug, origin, module } = from
  const shape = shapeOf(definition)
  const { name, description = '' } = definition
  const summary = { id, slug, name, description, categories: [], methods: methodsOf(shape), origin }
  return { summary, shape, module }
}

/** Kinds of events that its presets, or its actions' own triggers, ask for. All where they ask for none by name. */
function methodsOf({ actions, presets }: DestinationShape): Method[] {
  const triggers = [
    ...Object.values(actions).map(({ defaultSubscription }) => defaultSubscription ?? ''),
    ...presets.map((preset: Preset) => ('subscribe' in preset ? preset.subscribe : '')),
  ].join(' ')
  const named = METHODS.filter((method) => new RegExp(`type\\s*=\\s*["']${method}["']`).test(triggers))
  return named.length === 0 ? [...METHODS] : named
}

/** The entry of a destination whose code runs in a worker. Its author's framework has no word for anything more. */
export function entryOf({ summary, shape, module }: Described): CatalogEntry {
  return {
    ...summary,
    shape,
    home: { kind: 'worker', module },
    answers: anyBodyPolicy,
    deleteAnswers: anyBodyPolicy,
    // Without secrets there is nothing to share, and the instance stands for itself by all of its settings.
    credentialKey(settings) {
      const secrets = secretSettingsOf(shape)
      const names = secrets.length > 0 ? secrets : Object.keys(settings).sort()
      return JSON.stringify([summary.slug, ...names.map((name) => settings[name])])
    },
    hasUniqueKey: () => false,
  }
}

/** A shelf of destinations that are described in memory. */
export function shelfOf(all: readonly Described[]): Shelf {
  const bySlug = new Map(all.map((each) => [each.summary.slug, each]))
  return {
    list: () => all.map(({ summary }) => summary),
    load(slug) {
      const described = bySlug.get(slug)
      if (described === undefined) throw new Error(`the shelf does not hold ${slug}`)
      return entryOf(described)
    },
  }
}
