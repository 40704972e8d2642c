/**
 * Tells readers in any thread how far the log is durable, and wakes them without polling. One writer publishes; the
 * memory is shared, so publishing costs a store and a notify, not a message.
 */
export class EndSignal {
  /** Give this to another thread and wrap it with `new EndSignal(memory)` there. */
  readonly memory: SharedArrayBuffer
  readonly #version: Int32Array
  readonly #end: Float64Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.memory = memory
    this.#version = new Int32Array(memory, 0, 1)
    this.#end = new Float64Array(memory, 8, 1)
  }

  /** Position of the newest durable record; 0 when there is none. */
  end(): number {
    return this.#end[0] ?? 0
  }

  publish(end: number): void {
    this.#end[0] = end
    Atomics.add(this.#version, 0, 1)
    Atomics.notify(this.#version, 0)
  }

  /** Calls `onPublish` soon after every publish (several may share one call) until the returned function is called. */
  watch(onPublish: () => void): () => void {
    let watching = true
    const loop = async () => {
      let seen = Atomics.load(this.#version, 0)
      while (watching) {
        const waiting = Atomics.waitAsync(this.#version, 0, seen)
        if (waiting.async) await waiting.value
        seen = Atomics.load(this.#version, 0)
        if (watching) onPublish()
      }
    }
    void loop()
    return () => {
      watching = false
      Atomics.notify(this.#version, 0)
    }
  }
}
