/** A browser, as far as the API can tell: it keeps a cookie and says which page asks. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
  readonly json: any
}

export class BrowserSession {
  readonly #url: string
  cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  /** @param headers null leaves one out that a browser would send */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | null> = {},
  ): Promise<Answer> {
    const sent: Record<string, string | null> = {
      'sec-fetch-site': 'same-origin',
      cookie: this.cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    }
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: Object.entries(sent).filter((each): each is [string, string] => each[1] !== null),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.cookie = set.split(';')[0] ?? ''
    const text = await response.text()
    return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) }
  }
}
