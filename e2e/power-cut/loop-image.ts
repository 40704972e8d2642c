/**
 * A disk that can lose its power: an ext4 file system in a file, mounted over a loop device. What the kernel has not yet
 * written to the device when the file is copied is not in the copy, as after a power cut.
 */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atExit } from '../kill/at-exit.ts'
import { Scratch } from '../kill/scratch.ts'

const run = promisify(execFile)

/** Sparse: the host holds what is used. */
const IMAGE_BYTES = 512 * 1024 ** 2
/** A copy during which the kernel wrote to the image is no instant of its life: it is made again, at most this often. */
const COPIES_MAX = 20

export class LoopImage implements AsyncDisposable {
  readonly mountPoint: string
  readonly #file: string
  #isMounted = false
  #forget = () => {}

  private constructor(file: string) {
    this.#file = file
    this.mountPoint = `${file}.mount`
  }

  /** Makes and mounts an empty file system. @param file that does not exist yet */
  static async create(file: string): Promise<LoopImage> {
    await run('truncate', ['--size', String(IMAGE_BYTES), file])
    await run('mkfs.ext4', ['-q', '-F', file])
    const image = new LoopImage(file)
    await image.#mount()
    return image
  }

  /**
   * The file system as it would be found had the power gone now, mounted beside this one. Nothing may be writing: stop the
   * writers with SIGSTOP first.
   */
  async cut(file: string): Promise<LoopImage> {
    for (let copies = 1; ; copies++) {
      const before = statSync(this.#file, { bigint: true }).mtimeNs
      await run('cp', ['--sparse=always', this.#file, file])
      if (statSync(this.#file, { bigint: true }).mtimeNs === before) break
      if (copies === COPIES_MAX) throw new Error(`${this.#file} does not come to rest`)
    }
    return new LoopImage(file)
  }

  /** Mounts what `cut` returned: the journal of the file system is played back, as at a start after a power cut. */
  async mount(): Promise<void> {
    await this.#mount()
  }

  /** Unmounts, which also frees the loop device, and removes the file. Nothing may hold files on it open. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isMounted) await run('umount', [this.mountPoint])
    this.#isMounted = false
    this.#forget()
    rmSync(this.mountPoint, { recursive: true, force: true })
    rmSync(this.#file, { force: true })
  }

  async #mount(): Promise<void> {
    mkdirSync(this.mountPoint, { recursive: true })
    // Lazily: a process that was just killed may hold files open for a moment yet.
    this.#forget = atExit(() => spawnSync('umount', ['--lazy', this.mountPoint]))
    await run('mount', ['-o', 'loop', this.#file, this.mountPoint])
    this.#isMounted = true
  }
}
/** Why no loop device can be mounted here; undefined where one can. Tries it. */
export async function whyNotMountable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'no loop mounts: this is not Linux'
  if (process.getuid?.() !== 0) return 'no loop mounts: only root may mount'
  if (!existsSync('/dev/loop-control')) return 'no loop mounts: there is no /dev/loop-control'
  using scratch = new Scratch('mount')
  try {
    await using _image = await LoopImage.create(join(scratch.path, 'try.img'))
    return undefined
  } catch (error) {
    return `no loop mounts: ${(error as Error).message.trim().split('\n').at(-1)}`
  }
}
