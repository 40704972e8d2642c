/** The destinations as a thread has them: what can be added, and what makes attempts. */
import {
  Catalog,
  createHttpClient,
  createRunner,
  createWorkerRunner,
  type Described,
  PORTS_DEFAULT,
  parseEgressAllow,
  type Runner,
  segmentShelf,
  shelfOf,
} from '../destinations/index.ts'
import { GateError } from '../state/index.ts'
import { slugTaken } from './own-destinations.ts'
import { takenSlugs } from './segment-catalog.ts'
import { ports } from './state.ts'

export interface Destinations extends AsyncDisposable {
  readonly catalog: Catalog
  readonly runner: Runner
  /** Reads anew which of Segment's destinations are installed. */
  restock(): void
  /** One sentence for each own destination whose slug is one of Segment's, which were installed after it was loaded. */
  shadowed(): readonly string[]
}

export interface DestinationsOptions {
  readonly egressAllow: readonly string[]
  readonly segmentCatalog: string
  /** Of the folder that GRAPEVINE_DESTINATIONS names. */
  readonly ownDestinations: readonly Described[]
}

/** @throws GateError when `egressAllow` has an entry that cannot be read */
export function openDestinations(options: DestinationsOptions): Destinations {
  const { egressAllow, segmentCatalog, ownDestinations } = options
  const { allow, problems } = parseEgressAllow(egressAllow)
  if (problems.length > 0) throw new GateError(2, problems.join('; '), 'Correct GRAPEVINE_EGRESS_ALLOW.')
  const http = createHttpClient({ clock: ports.clock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
  const catalog = new Catalog()
  let shadowed: readonly Described[] = []
  const restock = () => {
    const segment = segmentShelf(segmentCatalog)
    const taken = takenSlugs(segmentCatalog)
    shadowed = ownDestinations.filter(({ summary }) => taken.has(summary.slug))
    const own = ownDestinations.filter(({ summary }) => !taken.has(summary.slug))
    catalog.stock([...(segment === null ? [] : [segment]), shelfOf(own)])
  }
  restock()
  const runner = createRunner({ http, elsewhere: createWorkerRunner({ clock: ports.clock, egressAllow }) })
  return {
    catalog,
    runner,
    restock,
    shadowed: () => shadowed.map(({ summary, module }) => slugTaken(module, summary.slug)),
    async [Symbol.asyncDispose]() {
      await runner.close()
      await http.close()
    },
  }
}
