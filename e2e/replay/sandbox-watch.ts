/** Looks at what the sandbox got, often enough that its list of the last 1,000 requests misses none. */

interface Met {
  readonly sequence: number
  readonly path: string
  readonly status: number
  readonly body: string
}

const PAGE = 1_000

export class SandboxWatch {
  readonly url: string
  /** By conversion: the place of its first effect among all of them. */
  readonly #firsts = new Map<string, { readonly user: string; readonly number: number }>()
  #after = 0
  #missed = 0
  #answered = 0
  #isHealed = false

  constructor(url: string) {
    this.url = url
  }

  /** Requests since it was healed. */
  get answered(): number {
    return this.#answered
  }

  async setFaults(rules: readonly object[]): Promise<void> {
    await this.#ask('POST', '/sandbox/faults', { rules })
  }

  /** From now on it takes what it gets, and is watched. */
  async heal(): Promise<void> {
    await this.#ask('DELETE', '/sandbox/faults')
    await this.#skip()
    this.#isHealed = true
  }

  /** Takes in the requests since the last look. */
  async look(): Promise<void> {
    if (!this.#isHealed) return
    for (;;) {
      const { requests } = (await this.#ask('GET', `/sandbox/requests?limit=${PAGE}&after=${this.#after}`)) as {
        requests: readonly Met[]
      }
      for (const { sequence, path, status, body } of requests) {
        this.#missed += sequence - this.#after - 1
        this.#after = sequence
        if (!path.startsWith('/v6/')) continue
        this.#answered += 1
        if (status !== 200) continue
        const { data } = JSON.parse(body) as { data: { partner_conversion_id: string; partner_user_id: string } }
        if (this.#firsts.has(data.partner_conversion_id)) continue
        const number = Number(data.partner_conversion_id.slice('c-'.length))
        this.#firsts.set(data.partner_conversion_id, { user: data.partner_user_id, number })
      }
      if (requests.length < PAGE) return
    }
  }

  async stats(): Promise<{ readonly steps: number; readonly duplicates: number }> {
    return (await this.#ask('GET', '/sandbox/stats')) as { steps: number; duplicates: number }
  }

  /** What is wrong with what it got. */
  violations(letters: number): string[] {
    const found: string[] = []
    if (this.#missed > 0) found.push(`${this.#missed} requests were not looked at`)
    if (this.#firsts.size !== letters) found.push(`${this.#firsts.size} of ${letters} letters arrived`)
    const last = new Map<string, number>()
    for (const { user, number } of this.#firsts.values()) {
      const before = last.get(user) ?? -1
      if (number < before) found.push(`${user} got ${number} after ${before}`)
      last.set(user, number)
    }
    return found
  }

  async #skip(): Promise<void> {
    const { requests } = (await this.#ask('GET', '/sandbox/requests?limit=1')) as { requests: readonly Met[] }
    this.#after = requests.at(-1)?.sequence ?? 0
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} at the sandbox answered ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
}
