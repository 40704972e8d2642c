/** The document that browser and mobile SDKs fetch before they send (Segment's CDN settings). Pure. */
import { isIP } from 'node:net'

/**
 * Sends the SDK's events to this server and keeps its own telemetry off. Destinations run here, not in the browser, so
 * none is listed.
 * @param host host and port of this server, without a scheme
 */
export function settingsDocument(writeKey: string, host: string, protocol: 'http' | 'https'): string {
  const apiHost = `${host}/v1`
  return JSON.stringify({
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost,
        protocol,
        unbundledIntegrations: [],
        addBundledMetadata: true,
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: {
      track: { __default: { enabled: true, integrations: {} } },
      identify: { __default: { enabled: true } },
      group: { __default: { enabled: true } },
    },
    middlewareSettings: { routingRules: [] },
    enabledMiddleware: {},
    metrics: { sampleRate: 0, host: apiHost },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
    edgeFunction: {},
    consentSettings: { allCategories: [], hasUnmappedDestinations: true },
  })
}

/**
 * Host and port as the SDK reached this server.
 * @param named the request's `Host`, or what a trusted proxy says it was; used only when it is a plain host name or address
 * @param local address and port that the connection arrived at
 */
export function serverHost(named: string | undefined, local: { address: string; port: number }): string {
  if (named !== undefined && PLAIN_HOST.test(named)) return named
  return `${isIP(local.address) === 6 ? `[${local.address}]` : local.address}:${local.port}`
}

const PLAIN_HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/
