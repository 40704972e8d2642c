/**
 * Makes the connections of `http.ts`. Every address is checked here, where it is dialled, so that a name that resolves
 * to something else a moment later gains nothing. Reliability contract S10 and S11.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { type EgressPolicy, isAddressAllowed, targetOf } from './egress.ts'
import type { Outcome } from './outcome.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Resolves a name to all of its A and AAAA addresses; rejects if it has none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

/** The operating system's resolver. */
export const systemResolve: Resolve = async (hostname) => {
  const answers = await systemLookup(hostname, { all: true })
  return answers.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

export type ConnectOutcome = Extract<Outcome, { kind: 'not_sent' | 'blocked' }>

/** No connection came about: nothing was sent. */
export class ConnectFailure extends Error {
  readonly code = 'CONNECT_FAILURE'
  readonly outcome: ConnectOutcome
  constructor(outcome: ConnectOutcome, cause: unknown) {
    super(outcome.reason, { cause })
    this.outcome = outcome
  }
}

class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/** The connector of one origin's pool. */
export function guardedConnector(options: {
  readonly egress: EgressPolicy
  readonly origin: URL
  readonly resolve: Resolve
  readonly connectMs: number
  /** Certificates to trust instead of the usual ones, PEM. */
  readonly ca?: string
}): buildConnector.connector {
  const { protocol } = options.origin
  const isTls = protocol === 'https:'
  const target = targetOf(options.origin)
  const check = (address: string) => isAddressAllowed(options.egress, protocol, target, address)
  const isRefused = isIP(target.hostname) !== 0 && !check(target.hostname)
  const connect = buildConnector({
    timeout: options.connectMs,
    allowH2: false,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    lookup: guardedLookup(options.resolve, check),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  })
  return (dialled, callback) => {
    // Node asks no lookup about an address.
    if (isRefused) return callback(failure(new AddressRefused(), isTls), null)
    return connect(dialled, (...result) => {
      if (result[0]) callback(failure(result[0], isTls), null)
      else callback(null, result[1])
    })
  }
}

/** All of a name's addresses must be allowed: a name that mixes public and private ones is refused as a whole. */
function guardedLookup(resolve: Resolve, check: (address: string) => boolean): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4)
        if (!addresses.every(({ address }) => check(address))) return callback(new AddressRefused(), '', 4)
        if (lookupOptions.all) return callback(null, [...addresses])
        return callback(null, first.address, first.family)
      },
      (error: unknown) => callback(asError(error), '', 4),
    )
  }
}

function failure(error: Error, isTls: boolean): ConnectFailure {
  return new ConnectFailure(classifyConnectError(codeOf(error), isTls), error)
}

const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
])
const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
])

/** Names the reason for which a connection failed. `code` is Node's, undici's or OpenSSL's. */
export function classifyConnectError(code: string, isTls: boolean): ConnectOutcome {
  if (code === 'ADDRESS_REFUSED') return { kind: 'blocked', reason: 'blocked_address' }
  if (CERTIFICATE_CODES.has(code)) return { kind: 'blocked', reason: 'tls_invalid' }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return { kind: 'not_sent', reason: 'CONNECT_TIMEOUT' }
  if (code === 'ECONNREFUSED') return { kind: 'not_sent', reason: 'ECONNREFUSED' }
  if (UNREACHABLE_CODES.has(code)) return { kind: 'not_sent', reason: 'EHOSTUNREACH' }
  if (code.startsWith('EAI_') || code.startsWith('ENO') || code.startsWith('ESERVFAIL') || code === 'EDNS') {
    return { kind: 'not_sent', reason: 'ENOTFOUND' }
  }
  return { kind: 'not_sent', reason: isTls ? 'TLS_HANDSHAKE' : 'ECONNREFUSED' }
}

/** Of several addresses that failed, the first one's code stands for all. */
function codeOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : []
  const code: unknown = Object(first ?? error).code ?? Object(error).code
  return typeof code === 'string' ? code : ''
}

function asError(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error))
}
