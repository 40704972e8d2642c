/** The running product as a tester sees it: its quickstart, its API, and where it is just now. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

interface QuickstartFile {
  readonly publicApiToken: string
  readonly destinationId: string
  readonly sources: readonly { readonly id: string; readonly writeKey: string }[]
}

interface Line {
  readonly id: string
  readonly equation: 'source' | 'routing' | 'deliveries'
  readonly parts: Readonly<Record<string, number>>
  readonly left: number
}

export interface Status {
  readonly log: { readonly end: number; readonly behind: number }
  readonly conservation: { readonly holds: boolean; readonly lines: readonly Line[] }
  readonly destinations: readonly { readonly id: string; readonly number: number; readonly hold: unknown }[]
}

interface Explained {
  readonly events: readonly { readonly position: number }[]
  readonly unaccepted: readonly { readonly position: number }[]
}

const LOOK_MS = 50

export class Product {
  readonly sourceId: string
  readonly writeKey: string
  readonly #token: string
  readonly destinationId: string

  private constructor(file: QuickstartFile) {
    const [node] = file.sources
    if (node === undefined) throw new Error('the quickstart made no source')
    this.sourceId = node.id
    this.writeKey = node.writeKey
    this.#token = file.publicApiToken
    this.destinationId = file.destinationId
  }

  /** @param directory the data directory of a server that was ready once */
  static read(directory: string): Product {
    return new Product(JSON.parse(readFileSync(join(directory, 'quickstart.json'), 'utf8')) as QuickstartFile)
  }

  /** Sends the Node source's events to another address. */
  async pointAt(url: string, apiBaseUrl: string): Promise<void> {
    await this.#call('PATCH', `${url}/api/destinations/${this.destinationId}`, { settings: { apiBaseUrl } })
  }

  /** Adds a second Extole Platform to the Node source. @returns its id */
  async addDestination(url: string, apiBaseUrl: string): Promise<string> {
    const { destination } = (await this.#call('POST', `${url}/api/destinations`, {
      sourceId: this.sourceId,
      metadataId: 'extole-platform',
      name: 'Another Extole',
      settings: { apiKey: 'another-key', apiBaseUrl },
    })) as { destination: { id: string } }
    return destination.id
  }

  status(url: string): Promise<Status> {
    return this.#call('GET', `${url}/api/status`) as Promise<Status>
  }

  /** Waits until the log is worked through and every delivery has ended. @throws when `signal` aborts first */
  async drained(url: string, signal: AbortSignal): Promise<Status> {
    for (;;) {
      const status = await this.status(url)
      if (status.log.behind === 0 && pendingOf(status) === 0) return status
      signal.throwIfAborted()
      await sleep(LOOK_MS)
    }
  }

  /** Where in the log each of these messages was found by who asks what became of it. */
  async explained(url: string, messageIds: readonly string[]): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>()
    for (const messageId of messageIds) {
      const { events, unaccepted } = (await this.#call('GET', `${url}/api/explain/${messageId}`)) as Explained
      found.set(
        messageId,
        [...events, ...unaccepted].map(({ position }) => position),
      )
    }
    return found
  }

  /** Number by which the ledger knows a destination. */
  instanceOf(status: Status, id: string = this.destinationId): number {
    const instance = status.destinations.find((each) => each.id === id)
    if (instance === undefined) throw new Error(`there is no destination ${id}`)
    return instance.number
  }

  /** What was counted of the Node source's events. */
  countedOf(status: Status): { received: number; accepted: number; duplicate: number } {
    const line = status.conservation.lines.find((each) => each.equation === 'source' && each.id === this.sourceId)
    const { accepted = 0, duplicate = 0 } = line?.parts ?? {}
    return { received: line?.left ?? 0, accepted, duplicate }
  }

  async #call(method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`)
    return (JSON.parse(text) as { data: unknown }).data
  }
}

export function pendingOf(status: Status): number {
  return status.conservation.lines
    .filter((line) => line.equation === 'deliveries')
    .reduce((sum, line) => sum + (line.parts['pending'] ?? 0), 0)
}
