/** The newest configuration in memory, for everybody who needs it at once and often. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Clock, Timer } from '../ports/index.ts'
import type { ConfigSnapshot, Source } from './types.ts'

/** How often another process's change is looked for, should its notice have been lost (DESIGN 5). */
export const POLL_MS = 1_000

export interface WatchConfigOptions {
  readonly load: () => Promise<ConfigSnapshot>
  /** That of what `load` would load: what is known already is not loaded again. */
  readonly loadVersion: () => Promise<number>
  /** With it, the version is asked for every POLL_MS. Needed where other processes change the configuration. */
  readonly poll?: { readonly clock: Pick<Clock, 'after'> }
  /** A poll failed. The snapshot in hand stays in force, and the next poll tries again. */
  readonly onPollError?: (error: unknown) => void
}

export interface ConfigWatch {
  current(): ConfigSnapshot
  /** The source a write key belongs to, disabled ones included. Takes the same time for every wrong key. */
  findByWriteKey(key: string): Source | undefined
  /**
   * Tells that the configuration may have changed: resolves when `current` is at least as new as this call. Rejects when it
   * could not be loaded; the snapshot in hand stays in force.
   */
  changed(): Promise<void>
  /** Calls `listener` after each newer snapshot. Answers the way to stop that. */
  onChange(listener: (snapshot: ConfigSnapshot) => void): () => void
  /** Ends the polling. */
  stop(): void
}

/** Resolves with the first snapshot in hand; rejects when there is none. */
export async function watchConfig(options: WatchConfigOptions): Promise<ConfigWatch> {
  const watch = new Watch(options, await options.load())
  watch.schedulePoll()
  return watch
}

/** Looks a source up by the SHA-256 of its key: timing tells about hashes, which nobody can steer. */
export function indexWriteKeys(snapshot: ConfigSnapshot): (key: string) => Source | undefined {
  const byHash = new Map<string, { digest: Buffer; source: Source }>()
  for (const source of snapshot.sources.values()) {
    for (const key of source.writeKeys) {
      const digest = hashOf(key)
      byHash.set(digest.toString('latin1'), { digest, source })
    }
  }
  return (key) => {
    const digest = hashOf(key)
    const found = byHash.get(digest.toString('latin1'))
    return found !== undefined && timingSafeEqual(found.digest, digest) ? found.source : undefined
  }
}

const hashOf = (key: string) => hash('sha256', key, 'buffer')

class Watch implements ConfigWatch {
  readonly #options: WatchConfigOptions
  readonly #listeners = new Set<(snapshot: ConfigSnapshot) => void>()
  #snapshot: ConfigSnapshot
  #find: (key: string) => Source | undefined
  #timer: Timer | undefined
  #stopped = false
  #loading: Promise<void> | undefined
  /** The load that begins when the present one, which may have read too early, has ended. */
  #next: Promise<void> | undefined

  constructor(options: WatchConfigOptions, first: ConfigSnapshot) {
    this.#options = options
    this.#snapshot = first
    this.#find = indexWriteKeys(first)
  }

  current(): ConfigSnapshot {
    return this.#snapshot
  }

  findByWriteKey(key: string): Source | undefined {
    return this.#find(key)
  }

  changed(): Promise<void> {
    if (this.#loading === undefined) return this.#load()
    this.#next ??= this.#loading
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#load()
      })
    return this.#next
  }

  onChange(listener: (snapshot: ConfigSnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  schedulePoll(): void {
    const { poll } = this.#options
    if (poll === undefined || this.#stopped) return
    this.#timer = poll.clock.after(POLL_MS, () => {
      this.changed()
        .catch((error) => this.#options.onPollError?.(error))
        .finally(() => this.schedulePoll())
    })
  }

  #load(): Promise<void> {
    this.#loading = this.#loadNewer().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadNewer(): Promise<void> {
    const { load, loadVersion } = this.#options
    if ((await loadVersion()) > this.#snapshot.version) this.#take(await load())
  }

  #take(snapshot: ConfigSnapshot): void {
    if (snapshot.version <= this.#snapshot.version) return
    this.#snapshot = snapshot
    this.#find = indexWriteKeys(snapshot)
    for (const listener of this.#listeners) listener(snapshot)
  }
}
