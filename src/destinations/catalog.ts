/**
 * What can be added as a destination: ours, whose code is part of this program, and those on the shelves, of which only
 * a description is at hand until one is used.
 */
import { BUILT_IN } from './built-in.ts'
import type { Definition, DestinationFacts } from './definition.ts'
import type { DestinationShape } from './shape.ts'

/** Kinds of events that a destination can be sent. */
export type Method = 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'

/** Who wrote the destination: this project, Segment, or whoever runs the server. */
export type Origin = 'built-in' | 'segment' | 'own'

/** Where a destination's code runs. */
export type Home =
  | { readonly kind: 'here'; readonly definition: Definition }
  /** In a worker, which loads this file and takes its default export. */
  | { readonly kind: 'worker'; readonly module: string }

export interface CatalogSummary {
  /** Segment's own metadata id where the destination is in Segment's catalog, else ours. */
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly categories: readonly string[]
  readonly methods: readonly Method[]
  readonly origin: Origin
}

export interface CatalogEntry extends CatalogSummary, DestinationFacts {
  readonly shape: DestinationShape
  readonly home: Home
}

/** Destinations that are described somewhere else, e.g. those of an installed package. */
export interface Shelf {
  /** In the order in which they are shown. Slugs and ids are unique among all shelves. */
  list(): readonly CatalogSummary[]
  /** Loads what `list` leaves out. @param slug one of `list` */
  load(slug: string): CatalogEntry
}

export class Catalog {
  #summaries: readonly CatalogSummary[] = []
  #shelfOf = new Map<string, Shelf>()
  #entries = new Map<string, CatalogEntry>()
  #slugById = new Map<string, string>()

  constructor(shelves: readonly Shelf[] = []) {
    this.stock(shelves)
  }

  /** Replaces what is on the shelves. */
  stock(shelves: readonly Shelf[]): void {
    this.#entries = new Map(BUILT_IN.map((entry) => [entry.slug, entry]))
    this.#shelfOf = new Map(shelves.flatMap((shelf) => shelf.list().map(({ slug }) => [slug, shelf] as const)))
    this.#summaries = [...BUILT_IN, ...shelves.flatMap((shelf) => shelf.list())]
    this.#slugById = new Map(this.#summaries.map(({ id, slug }) => [id, slug]))
  }

  /** In the order in which they are shown. */
  list(): readonly CatalogSummary[] {
    return this.#summaries
  }

  /** The entry of a slug such as `extole-platform`: the same object as long as the catalog is the same. */
  find(slug: string): CatalogEntry | undefined {
    const entry = this.read(slug)
    if (entry !== undefined) this.#entries.set(slug, entry)
    return entry
  }

  /** The same, but what had to be loaded is not kept: for looking through all of them. */
  read(slug: string): CatalogEntry | undefined {
    return this.#entries.get(slug) ?? this.#shelfOf.get(slug)?.load(slug)
  }

  /** The entry of a metadata id, as Segment's API names destinations. */
  findById(id: string): CatalogEntry | undefined {
    const slug = this.#slugById.get(id)
    return slug === undefined ? undefined : this.find(slug)
  }
}
