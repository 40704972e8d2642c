/** How work on many bytes is shown: lines of JSON for programs, a bar for people. */
import { printJson } from './output.ts'

const BAR_CHARS = 30
/** Between two drawings, in milliseconds. */
const DRAW_MS = 100

export class Meter {
  readonly #isJson: boolean
  #phase = ''
  #startedMs = 0
  #drawnMs = Number.NEGATIVE_INFINITY
  #isDrawn = false

  constructor(isJson: boolean) {
    this.#isJson = isJson
  }

  readonly show = (phase: string, doneBytes: number, totalBytes: number): void => {
    const nowMs = performance.now()
    if (phase !== this.#phase) [this.#phase, this.#startedMs, this.#drawnMs] = [phase, nowMs, Number.NEGATIVE_INFINITY]
    if (nowMs - this.#drawnMs < DRAW_MS) return
    this.#drawnMs = nowMs
    const isKnown = doneBytes > 0 && totalBytes > 0
    const left = isKnown ? ((nowMs - this.#startedMs) * (totalBytes - doneBytes)) / doneBytes : null
    const etaSeconds = left === null ? null : Math.ceil(left / 1_000)
    if (this.#isJson) printJson({ phase, doneBytes, totalBytes, etaSeconds })
    if (this.#isJson || !process.stderr.isTTY) return
    const full = isKnown ? Math.round(Math.min(1, doneBytes / totalBytes) * BAR_CHARS) : 0
    const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARS - full)
    const eta = etaSeconds === null ? '' : `, about ${etaSeconds} s left`
    process.stderr.write(`\r\u001b[K${phase} ${bar} ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}${eta}`)
    this.#isDrawn = true
  }

  end(): void {
    if (this.#isDrawn) process.stderr.write('\r\u001b[K')
    this.#isDrawn = false
  }
}

/** Ctrl-C once: what is under way ends and leaves nothing; twice ends the process. */
export function cancelledBySignal(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const cancel = () =>
    controller.abort(Object.assign(new Error('cancelled'), { exitCode: 1, nextStep: 'Nothing is left of it.' }))
  process.once('SIGINT', cancel)
  return { signal: controller.signal, [Symbol.dispose]: () => process.off('SIGINT', cancel) }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${(bytes / 1024 ** power).toLocaleString('en', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`
}
