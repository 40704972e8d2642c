/** A line between the browser and the server, on which answers of the API can be late, wrong or not there at all. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of what is asked. */
export type Line =
  | { readonly kind: 'open' }
  /** So late that what stands in place of an answer is drawn. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Until the line becomes another, which then holds for what was held back, too. */
  | { readonly kind: 'held' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }

/** An answer that says what went wrong. */
export const problem = (status: number, code: string, message: string): Line => ({
  kind: 'answered',
  status,
  body: { error: { code, message }, requestId: 'of-the-line' },
})

export interface TestLine extends AsyncDisposable {
  readonly url: string
  /** @param isOf which requests meet it; others pass */
  become(line: Line, isOf?: (method: string, path: string) => boolean): void
  /** Requests that met it since it became what it is. */
  readonly met: () => number
}

/** Who is signed in is known before a view is opened, and the console's own files are there: both pass. */
export const isOfViews = (_: string, path: string) => path.startsWith('/api/') && path !== '/api/session'

/** @param server its URL, e.g. `http://127.0.0.1:8080` */
export async function startLine(server: string): Promise<TestLine> {
  const { hostname, port } = new URL(server)
  let now: Line = { kind: 'open' }
  let isMet: (method: string, path: string) => boolean = isOfViews
  let met = 0
  let held: (() => void)[] = []

  const pass = (asked: IncomingMessage, answered: ServerResponse) => {
    const { method, url: path, headers } = asked
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers)
      answered.flushHeaders()
      answer.pipe(answered)
    })
    passed.on('error', () => answered.destroy())
    answered.on('close', () => passed.destroy())
    asked.pipe(passed)
  }

  const meet = (asked: IncomingMessage, answered: ServerResponse) => {
    const [path = ''] = (asked.url ?? '').split('?')
    if (!isMet(asked.method ?? '', path)) {
      pass(asked, answered)
      return
    }
    met += 1
    switch (now.kind) {
      case 'open':
        pass(asked, answered)
        break
      case 'late':
        setTimeout(() => pass(asked, answered), now.ms)
        break
      case 'held':
        held.push(() => meet(asked, answered))
        break
      case 'cut':
        asked.socket.destroy()
        break
      case 'answered':
        answered.writeHead(now.status, { 'content-type': 'application/json' })
        answered.end(JSON.stringify(now.body))
    }
  }

  const line = createServer(meet)
  await new Promise<void>((ready) => line.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`,
    become(next, isOf = isOfViews) {
      now = next
      isMet = isOf
      met = 0
      const waiting = held
      held = []
      for (const go of waiting) go()
    },
    met: () => met,
    [Symbol.asyncDispose]: async () => {
      line.closeAllConnections()
      await new Promise((closed) => line.close(closed))
    },
  }
}
