/** Notices between processes (LISTEN, NOTIFY) on a connection of their own. */
import { Client, type ClientConfig, escapeIdentifier } from 'pg'
import type { Clock, Timer } from '../../ports/index.ts'

/** Wait before a lost connection is made again. */
const RECONNECT_MS = 1_000

export interface ListenOptions {
  readonly config: ClientConfig
  readonly channel: string
  /** Something was told. Also called after each reconnection: notices may have been missed. */
  readonly onNotice: () => void
  /** The connection was lost or could not be made again; it is tried again. */
  readonly onError: (error: unknown) => void
  readonly clock: Pick<Clock, 'after'>
}

/** Resolves when notices sent from now on will be heard. Answers the way to stop. Rejects when the first try fails. */
export async function listen(options: ListenOptions): Promise<() => Promise<void>> {
  const listener = new Listener(options)
  await listener.connect()
  return () => listener.stop()
}

class Listener {
  readonly #options: ListenOptions
  #client: Client | undefined
  #timer: Timer | undefined
  #stopped = false

  constructor(options: ListenOptions) {
    this.#options = options
  }

  async connect(): Promise<void> {
    const client = new Client(this.#options.config)
    this.#client = client
    let lost = false
    const onLoss = (error: unknown) => {
      if (lost || this.#stopped) return
      lost = true
      this.#options.onError(error)
      this.#reconnectLater()
    }
    client.on('notification', this.#options.onNotice)
    try {
      // A listener for errors from the start: without one a refused connection would end the process.
      client.on('error', () => {})
      await client.connect()
      await client.query(`LISTEN ${escapeIdentifier(this.#options.channel)}`)
    } catch (error) {
      lost = true
      await client.end().catch(() => {})
      throw error
    }
    client.on('error', onLoss)
    client.on('end', () => onLoss(new Error('the connection for notices ended')))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#client?.end().catch(() => {})
  }

  #reconnectLater(): void {
    this.#timer = this.#options.clock.after(RECONNECT_MS, () => {
      this.connect().then(
        () => (this.#stopped ? this.stop() : this.#options.onNotice()),
        (error) => {
          if (this.#stopped) return
          this.#options.onError(error)
          this.#reconnectLater()
        },
      )
    })
  }
}
