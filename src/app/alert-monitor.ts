/** Looks for alerts now and then, and posts those that open and end to the URL an operator named. */
import type { Alert, Alerts } from '../api/index.ts'
import type { Catalog, Runner } from '../destinations/index.ts'
import type { Logger, Metrics } from '../observe/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import { type AlertBook, EMPTY_BOOK, noticeId, turn } from './alert-book.ts'

/** From one look to the next, in milliseconds. */
export const LOOK_MS = 5_000
/** Attempts at posting one notice, and the wait after the first of them, which doubles, in milliseconds. */
export const POST_ATTEMPTS = 6
const POST_WAIT_MS = 1_000
/** Notices that wait to be posted; further ones are dropped and counted. */
export const NOTICES_MAX = 1_000

export interface AlertMonitorOptions {
  /** What needs a person now. */
  readonly look: () => Promise<readonly Alert[]>
  /** Null: alerts are shown and not posted. */
  readonly target: { readonly url: string; readonly signingSecret: string } | null
  readonly catalog: Catalog
  readonly runner: Pick<Runner, 'run'>
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'count'>
  readonly logger: Logger
}

type NoticeType = 'alert.opened' | 'alert.closed'

export class AlertMonitor {
  readonly #options: AlertMonitorOptions
  #book: AlertBook = EMPTY_BOOK
  #looking: Promise<void> | undefined
  #notices: { type: NoticeType; alert: Alert; atMs: number }[] = []
  #isPosting = false
  #isStopped = false
  #timer: Timer | undefined

  constructor(options: AlertMonitorOptions) {
    this.#options = options
    this.#schedule()
  }

  /** As they are at this moment. */
  async alerts(): Promise<Alerts> {
    await this.#look()
    return { open: Array.from(this.#book.open.values(), ({ alert }) => alert), closed: this.#book.closed }
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.#look()
        .catch((error: unknown) => {
          if (!this.#isStopped) this.#options.logger.warn('alerts were not looked for', { error: String(error) })
        })
        .finally(() => this.#schedule())
    })
  }

  /** Whoever asks while a look is under way gets what it finds: two at once would open an alert twice. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookNow(): Promise<void> {
    const { look, clock, logger } = this.#options
    const found = await look()
    const atMs = clock.nowMs()
    const { book, opened, ended } = turn(this.#book, { found, nowMs: atMs, monotonicMs: clock.monotonicMs() })
    this.#book = book
    for (const alert of opened) logger.error('alert', { kind: alert.kind, destinations: idsOf(alert) })
    for (const alert of ended) logger.info('alert ended', { kind: alert.kind, destinations: idsOf(alert) })
    if (this.#options.target === null) return
    for (const alert of opened) this.#enqueue('alert.opened', alert, atMs)
    for (const alert of ended) this.#enqueue('alert.closed', alert, atMs)
    if (!this.#isPosting) void this.#postAll()
  }

  #enqueue(type: NoticeType, alert: Alert, atMs: number): void {
    if (this.#notices.length >= NOTICES_MAX) this.#options.metrics.count('alert_posts_total', { result: 'dropped' })
    else this.#notices.push({ type, alert, atMs })
  }

  /** One after another, so that no end is told before its beginning. */
  async #postAll(): Promise<void> {
    this.#isPosting = true
    for (let notice = this.#notices.shift(); notice !== undefined; notice = this.#notices.shift()) {
      const isPosted = await this.#post(notice.type, notice.alert, notice.atMs)
      if (this.#isStopped) return
      this.#options.metrics.count('alert_posts_total', { result: isPosted ? 'posted' : 'failed' })
    }
    this.#isPosting = false
  }

  async #post(type: NoticeType, alert: Alert, atMs: number): Promise<boolean> {
    const { catalog, runner, clock, logger, target } = this.#options
    const webhook = catalog.find('webhook')
    if (webhook === undefined || target === null) return false
    const { detail: _, ...data } = alert
    const event = { type, timestamp: new Date(atMs).toISOString(), data }
    for (let attempt = 1; !this.#isStopped; attempt += 1) {
      const { outcome } = await runner.run(webhook, {
        action: 'send',
        settings: target,
        mapping: { data: event, message_id: noticeId(type, alert) },
        event: {},
      })
      if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) return true
      const reason = outcome.kind === 'answered' ? `status ${outcome.status}` : outcome.reason
      if (attempt >= POST_ATTEMPTS) {
        logger.error('an alert was not posted', { type, kind: alert.kind, reason })
        return false
      }
      await new Promise<void>((resolve) => clock.after(POST_WAIT_MS * 2 ** (attempt - 1), resolve))
    }
    return false
  }
}

const idsOf = ({ destinations }: Alert) => destinations.map(({ id }) => id).join(', ')
