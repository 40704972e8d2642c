/**
 * The egress guard of a thread in which other people's code opens sockets itself: every connection of the thread is
 * checked where it is dialled, whichever library makes it. Reliability contract S10.
 *
 * It keeps honest code from being led to a private address. It is no sandbox for hostile code.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net, { isIP, type LookupFunction, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import workerThreads from 'node:worker_threads'
import { type EgressPolicy, isAddressAllowed } from '../egress.ts'
import type { Dials } from './dials.ts'

class SocketRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
  constructor(what: string) {
    super(`${what} may not be called from a destination`)
  }
}

interface ConnectOptions {
  /** Of a local socket; Node's HTTP agent passes null. */
  readonly path?: string | null
  readonly host?: string
  readonly port?: number | string
  readonly lookup?: LookupFunction
}

/** Guards the thread it is called in, for good. Attempts run within the storage find in it what their sockets did. */
export function guardSockets(egress: EgressPolicy): AsyncLocalStorage<Dials> {
  const current = new AsyncLocalStorage<Dials>()
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    const [options, callback] = connectArguments(args)
    const dials = current.getStore()
    if (dials !== undefined) watch(this, dials)
    const hostname = (options.host ?? 'localhost').toLowerCase()
    const port = Number(options.port)
    const protocol = this instanceof TLSSocket ? 'https:' : 'tcp:'
    const check = (address: string) => isAddressAllowed(egress, protocol, { hostname, port }, address)
    const dial = (checked: ConnectOptions) =>
      Reflect.apply(connect as (...all: unknown[]) => Socket, this, [checked, callback])
    const isLocal = typeof options.path === 'string' && options.path !== ''
    if (isLocal || (isIP(hostname) !== 0 && !check(hostname))) {
      // A name that does not resolve: whoever waits for the socket sees it fail as any other does.
      const { path: _, ...rest } = options
      return dial({ ...rest, host: 'refused.invalid', port: port || 1, lookup: refusedLookup })
    }
    return dial({ ...options, lookup: guardedLookup(options.lookup ?? (dns.lookup as LookupFunction), check) })
  }
  refuseOtherWays()
  return current
}

function watch(socket: Socket, dials: Dials): void {
  socket.once('connect', () => {
    dials.isConnected = true
  })
  // Not `error`: listening would make the code's own lack of a listener harmless.
  const destroy = socket._destroy.bind(socket)
  socket._destroy = (error, done) => {
    const { code } = Object(error)
    if (code === 'ADDRESS_REFUSED') dials.isRefused = true
    if (typeof code === 'string') dials.errorCode = code
    destroy(error, done)
  }
}

/** The forms in which `connect` is called: with options, a port and host, a path, or all of it made an array by Node. */
function connectArguments(args: readonly unknown[]): [ConnectOptions, unknown] {
  const [first, second] = args
  if (Array.isArray(first)) return [first[0] ?? {}, first[1] ?? undefined]
  const callback = args.find((each) => typeof each === 'function')
  if (typeof first === 'object' && first !== null) return [first, callback]
  if (typeof first === 'string' && Number.isNaN(Number(first))) return [{ path: first }, callback]
  return [{ port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) }, callback]
}

/** All of a name's addresses must be allowed: a name that mixes public and private ones is refused as a whole. */
function guardedLookup(lookup: LookupFunction, check: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answer) => {
      if (error) return callback(error, '', 4)
      const addresses = (Array.isArray(answer) ? answer : []) as { address: string; family: number }[]
      const [first] = addresses
      if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4)
      if (!addresses.every(({ address }) => check(address))) return callback(new SocketRefused(hostname), '', 4)
      if (options.all) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

const refusedLookup: LookupFunction = (_hostname, _options, callback) => {
  process.nextTick(callback, new SocketRefused('this address'), '', 4)
}

/** Ways around the sockets: datagrams, other programs, and threads of their own, where nothing would be guarded. */
function refuseOtherWays(): void {
  const refuse = (what: string) =>
    function refused(): never {
      throw new SocketRefused(what)
    }
  for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
    Object.assign(childProcess, { [name]: refuse('another program') })
  }
  Object.assign(dgram, { createSocket: refuse('UDP'), Socket: refuse('UDP') })
  Object.assign(workerThreads, { Worker: refuse('a thread') })
  syncBuiltinESMExports()
}
