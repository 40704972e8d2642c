/** The 50 definitions of `--only engage`, of which an event touches 5. */
import { parseAudience, parseTrait } from '../src/engage/index.ts'
import type { SpaceComputation } from '../src/workspace/index.ts'
import { EVENT_NAMES } from './engage-load.ts'

const ACTIVATIONS = [
  {
    destinationId: 'dst_bench',
    form: 'identify' as const,
    enteredEvent: 'Audience Entered',
    exitedEvent: 'Audience Exited',
    enrichTraits: [],
  },
]

/** Audiences are told to a destination; traits are kept for whoever asks. */
const audiences = (name: string) => [
  `event('${name}').within(30 days).count() >= 2`,
  `event('${name}').where(property('total') > 90).count() >= 1`,
  `event('${name}').within(7 days).count() >= 1 AND trait('plan') = 'pro'`,
]
const traits = (name: string) => [
  `event('${name}').sum(property('total'))`,
  `event('${name}').within(90 days).unique(property('sku'))`,
]
const definitions = EVENT_NAMES.flatMap((name) => [
  ...audiences(name).map((text) => ({ definition: parseAudience(text), activations: ACTIVATIONS })),
  ...traits(name).map((text) => ({ definition: parseTrait(text), activations: [] })),
])
export const computations = definitions.map(
  (each, n): SpaceComputation => ({
    ...each,
    id: `com_${n}`,
    number: n + 1,
    key: `computation_${n}`,
    includesAnonymous: false,
  }),
)
