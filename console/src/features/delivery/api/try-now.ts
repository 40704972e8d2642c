import { tryDestinationNow } from '../../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../../shared/api.ts'

/** The next try of a hold, the breaker or a retry is made now. */
export const tryNow = (id: string) => ask(tryDestinationNow, `/destinations/${part(id)}/try-now`, { method: 'POST' })
