import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const kept = new Set<string>()

process.on('exit', () => {
  for (const path of kept) rmSync(path, { recursive: true, force: true })
})

/** A directory that is gone when its scope ends, and at the latest with the process. */
export class Scratch implements Disposable {
  readonly path: string

  constructor(name: string) {
    this.path = mkdtempSync(join(tmpdir(), `grapevine-${name}-`))
    kept.add(this.path)
  }

  [Symbol.dispose](): void {
    kept.delete(this.path)
    rmSync(this.path, { recursive: true, force: true })
  }
}
