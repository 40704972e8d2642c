/** Puts the folder together for the composition root. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { proxyTrust } from './address.ts'
import { ConnectionGuard, serverOptionsOf } from './connections.ts'
import type { TrackingDeps } from './deps.ts'
import { Connections } from './exchange.ts'
import { TrackingHandler } from './handler.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { isTrackingUrl } from './routes.ts'

export interface Tracking {
  /** For `http.createServer`. */
  readonly serverOptions: ServerOptions
  /** Whether a request is for the Tracking API: `/v1/*` without `/v1/spaces/*`. */
  handles(url: string | undefined): boolean
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Call once, after every other part has added its listeners: it replaces those of `clientError`. */
  attach(server: Server): void
  /** For a framework that insists on its own `clientError` listener. */
  onClientError(error: NodeJS.ErrnoException, socket: Duplex): void
}

/** @throws RangeError for a `trustProxy` entry that is neither an address nor a network */
export function createTracking(deps: TrackingDeps): Tracking {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits }
  const trust = proxyTrust(deps.trustProxy ?? [])
  const connections = new Connections(trust)
  const handler = new TrackingHandler(deps, limits, trust, connections)
  const guard = new ConnectionGuard(deps, limits, connections)
  return {
    serverOptions: serverOptionsOf(limits),
    handles: (url) => url !== undefined && isTrackingUrl(url),
    handle: (request, response) => handler.handle(request, response),
    attach: (server) => guard.attach(server),
    onClientError: (error, socket) => guard.onClientError(error, socket),
  }
}
