import type { Server } from 'node:http'
import type { Clock } from '../ports/index.ts'

/** Requests under way when the server is told to stop have so long to end, in milliseconds; unacked events come again. */
export const REQUESTS_END_MS = 5_000
/** How often connections are looked at that became idle since, in milliseconds. */
const IDLE_LOOK_MS = 20

/**
 * Closes a server whose clients keep their connections: Node ends those that are idle now and waits for the others, and a
 * connection that a request is under way on would then stay open for the whole keep-alive time after it.
 * @param close stops listening and resolves when no connection is left
 */
export async function closeServer(
  server: Server,
  clock: Pick<Clock, 'after'>,
  close: () => Promise<void>,
): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'))
  const look = () => {
    server.closeIdleConnections()
    timer = clock.after(IDLE_LOOK_MS, look)
  }
  let timer = clock.after(IDLE_LOOK_MS, look)
  const end = clock.after(REQUESTS_END_MS, () => server.closeAllConnections())
  try {
    await close()
  } finally {
    timer.cancel()
    end.cancel()
  }
}
