/** Entry of a worker's thread: runs one destination's definition behind the egress guard. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../ports/index.ts'
import { runBatch } from '../batch.ts'
import type { Definition } from '../definition.ts'
import { describe } from '../described.ts'
import { PORTS_DEFAULT, parseEgressAllow } from '../egress.ts'
import { createHttpClient } from '../http.ts'
import { type Attempt, preview, runAction, runDelete, testAuthentication } from '../run.ts'
import type { Answer, Call, CallName, Calls, WorkerOptions } from './calls.ts'
import { newDials, refine } from './dials.ts'
import { loadDefinition } from './load-definition.ts'
import { guardSockets } from './socket-guard.ts'

const port = parentPort as MessagePort
const { egressAllow, module } = workerData as WorkerOptions
const egress = { ports: PORTS_DEFAULT, allowHttp: false, allow: parseEgressAllow(egressAllow).allow }
const http = createHttpClient({ clock: systemClock, egress })
const dialsOfAttempt = guardSockets(egress)
let definition: Promise<Definition> | undefined

type Functions = { readonly [Name in CallName]: (argument: Calls[Name]['argument']) => Promise<Calls[Name]['answer']> }

const functions: Functions = {
  async run(run) {
    const dials = newDials()
    const loaded = await load()
    const attempt = await dialsOfAttempt.run(dials, () => runAction({ definition: loaded, http, ...run }))
    return plain(attempt, dials)
  },
  async runBatch(run) {
    const dials = newDials()
    const loaded = await load()
    const attempt = await dialsOfAttempt.run(dials, () => runBatch({ definition: loaded, http, ...run }))
    return {
      results: attempt.results.map((each) => (each === 'alone' ? each : plain(each, dials))),
      requests: attempt.requests.map((each) => refine(each, dials, true)),
    }
  },
  preview: async (run) => preview({ definition: await load(), ...run }),
  async delete(run) {
    const dials = newDials()
    const loaded = await load()
    const deletion = await dialsOfAttempt.run(dials, () => runDelete({ definition: loaded, http, ...run }))
    if (deletion === null) return null
    return { ...deletion, outcome: refine(deletion.outcome, dials, deletion.request !== null) }
  },
  testAuthentication: async (settings) => testAuthentication({ definition: await load(), settings, http }),
  describe: async (from) => describe(await load(), { ...from, module }),
  ping: async () => null,
}

/** As it can be cloned: without getters. */
function plain(attempt: Attempt, dials: ReturnType<typeof newDials>): Attempt {
  const { request, payload, frozen } = attempt
  return { outcome: refine(attempt.outcome, dials, request !== null), request, payload, frozen }
}

function load(): Promise<Definition> {
  definition ??= loadDefinition(module)
  return definition
}

// A promise that a library forgot must not end the attempts of others that are under way.
process.on('unhandledRejection', () => {})

port.on('message', async ({ id, name, argument }: Call) => {
  const call = functions[name] as (argument: unknown) => Promise<unknown>
  try {
    port.postMessage({ id, value: await call(argument) } satisfies Answer)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    port.postMessage({ id, problem } satisfies Answer)
  }
})
