/**
 * Preloaded into the process of `compare.fixture.ts` and its workers: the internet of that process is one server on this
 * machine. Names resolve to a public address; what is dialled there on port 443 arrives at RECORDER_PORT, whose
 * certificate is trusted. It lies below the egress guard, which sees and judges the names and addresses as always.
 */

import dns from 'node:dns'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net, { isIP, type LookupFunction, type Socket } from 'node:net'
import tls from 'node:tls'

const PUBLIC_ADDRESS = '93.184.215.14'
const port = () => Number(process.env['RECORDER_PORT'])

tls.setDefaultCACertificates([readFileSync(process.env['RECORDER_PEM'] ?? '', 'utf8')])

const lookup: LookupFunction = (hostname, options, callback) => {
  // A server's own address is looked up, too.
  const answer = { address: isIP(hostname) === 0 ? PUBLIC_ADDRESS : hostname, family: 4 }
  process.nextTick(() => (options.all ? callback(null, [answer]) : callback(null, answer.address, 4)))
}
Object.assign(dns, { lookup })
Object.assign(dns.promises, { lookup: async () => [{ address: PUBLIC_ADDRESS, family: 4 }] })

const connect = net.Socket.prototype.connect as (...args: unknown[]) => Socket
net.Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const [first] = args
  const [options, callback] = Array.isArray(first) ? first : args
  if (Number(options?.port) !== 443) return Reflect.apply(connect, this, args)
  const here: LookupFunction = (hostname, wanted, done) => {
    const resolve: LookupFunction = options.lookup ?? lookup
    resolve(hostname, wanted, (error) => {
      if (error) return done(error, '', 4)
      return wanted.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    })
  }
  return Reflect.apply(connect, this, [{ ...options, port: port(), lookup: here }, callback])
}
syncBuiltinESMExports()
