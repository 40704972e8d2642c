import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'

/** A directory that is gone when its scope ends, and at the latest with the process. */
export class Scratch implements Disposable {
  readonly path: string
  readonly #forget: () => void
  #isKept = false

  constructor(name: string) {
    this.path = mkdtempSync(join(tmpdir(), `grapevine-${name}-`))
    this.#forget = atExit(() => this.#remove())
  }

  /** Leaves it where it is, and tells where. */
  keep(): string {
    this.#forget()
    this.#isKept = true
    return this.path
  }

  [Symbol.dispose](): void {
    this.#forget()
    if (!this.#isKept) this.#remove()
  }

  #remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
