/** One program start of a test: opens the state, brings it up to date, says what it applied. */
import { parentPort, workerData } from 'node:worker_threads'
import { migrate } from '../migrate.ts'
import { openSqliteState } from './open.ts'

const { file, migrations } = workerData
const state = openSqliteState({ file })
const applied = await migrate(state, migrations)
await state.close()
parentPort?.postMessage(applied)
