import type { ServerResponse } from 'node:http'
import type { Clock } from '../../ports/index.ts'
import type { Authenticated } from '../deps.ts'

/** How long an answer may go on after its session has ended or its token was revoked. */
export const STILL_MAY_MS = 5_000

/** Ends an answer that has no end of its own once its caller would not be let in any more. */
export function endWhenRefused(
  raw: ServerResponse,
  { stillMay }: Pick<Authenticated, 'stillMay'>,
  { clock }: { readonly clock: Clock },
): void {
  const look = () => {
    stillMay().then(
      (isAllowed) => {
        if (!isAllowed) raw.destroy()
        else if (!raw.destroyed) timer = clock.after(STILL_MAY_MS, look)
      },
      // Who cannot be asked about is not let in either.
      () => raw.destroy(),
    )
  }
  let timer = clock.after(STILL_MAY_MS, look)
  raw.once('close', () => timer.cancel())
}
