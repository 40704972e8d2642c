/** Calls across a message port: named functions on one side, promises on the other. */
import type { MessagePort, Worker } from 'node:worker_threads'

export type Functions = Readonly<Record<string, (argument: never) => Promise<unknown>>>

export type Remote<F extends Functions> = {
  readonly [Name in keyof F]: (argument: Parameters<F[Name]>[0]) => ReturnType<F[Name]>
}

interface Call {
  readonly rpc: 'call'
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly rpc: 'answer'
  readonly id: number
  readonly ok: boolean
  /** The result, or what an error consists of: class instances lose their class on the way. */
  readonly value: unknown
}

/** One end of a channel: a worker, or the port a worker has to its parent. They speak alike. */
type Port = MessagePort | Worker

/** Serves `functions` to the other side. */
export function serve(end: Port, functions: Functions): void {
  const port = end as MessagePort
  port.on('message', (message: Call) => {
    if (message?.rpc !== 'call') return
    const answer = (ok: boolean, value: unknown) =>
      port.postMessage({ rpc: 'answer', id: message.id, ok, value } satisfies Answer, [])
    const called = functions[message.name]
    if (called === undefined) return answer(false, { name: 'Error', message: `no function ${message.name}` })
    called(message.argument as never).then(
      (value) => answer(true, value),
      (error: unknown) => answer(false, plainError(error)),
    )
  })
}

/** Calls the functions that the other side serves. */
export function remote<F extends Functions>(end: Port): Remote<F> {
  const port = end as MessagePort
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let calls = 0
  port.on('message', (message: Answer) => {
    if (message?.rpc !== 'answer') return
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.ok) call?.resolve(message.value)
    else call?.reject(Object.assign(new Error(), message.value))
  })
  return new Proxy({} as Remote<F>, {
    get: (_, name: string) => (argument: unknown) =>
      new Promise((resolve, reject) => {
        calls += 1
        waiting.set(calls, { resolve, reject })
        port.postMessage({ rpc: 'call', id: calls, name, argument } satisfies Call, [])
      }),
  })
}

function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack } = error
  return { ...error, name, message, stack }
}
