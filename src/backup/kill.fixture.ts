/** Makes a backup, and waits in the middle of it to be killed. Arguments: data directory, folder, phase. */
import { systemClock } from '../ports/index.ts'
import { makeBackup } from './make.ts'
import { systemDisk } from './room.ts'

const [, , data = '', folder = '', wanted = ''] = process.argv
await makeBackup({
  data,
  folder,
  cause: 'request',
  version: '0.0.0',
  atMs: 0,
  clock: systemClock,
  disk: systemDisk,
  signal: new AbortController().signal,
  onProgress(phase) {
    if (phase !== wanted) return
    process.stdout.write('now\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
})
