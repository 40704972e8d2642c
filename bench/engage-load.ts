/** What both programs of `--only engage` work through: the same people, events and steps. */
import type { NormalisedEvent } from '../src/spec/index.ts'

/** The argument of both programs, as JSON. */
export interface EngagePlan {
  readonly file: string
  /** Profiles that exist. */
  readonly profiles: number
  /** Profiles that the events are about, spread evenly over all. */
  readonly active: number
  /** Events of which the time is taken, and those before it. */
  readonly events: number
  readonly warmup: number
}

export interface EngageResult {
  readonly perSecond: number
  /** By processor time of all threads of the program: what one core does. */
  readonly perCoreSecond: number
  readonly peakMb: number
}

/** Events of one commit, as in the pipeline. */
export const STEP_EVENTS = 1_000
/** Names of events; each is read by 5 of the 50 definitions. */
export const EVENT_NAMES = Array.from({ length: 10 }, (_, n) => `Event ${n}`)
export const SOURCE = 'src_bench'
/** Engine time goes on a millisecond with each event, from when the program has long been ready. */
const START_MS = Date.now() + 60_000

export interface LoadEvent {
  readonly position: number
  readonly event: NormalisedEvent
}

/** One identify call for each profile: sets three traits. */
export function person(n: number): LoadEvent {
  const userId = `user-${n}`
  const traits = { email: `${userId}@example.com`, plan: n % 2 === 0 ? 'pro' : 'free', city: 'Boston' }
  return made(n + 1, { type: 'identify', userId, traits })
}

/** Every active profile in turn, with another event each time around. @param n counts the load's events from 0 */
export function track(n: number, { profiles, active }: EngagePlan): LoadEvent {
  const turn = Math.floor(n / active)
  const user = (n % active) * Math.floor(profiles / active)
  const properties = { total: (n * 7) % 100, plan: 'gold', sku: `sku-${n % 50}`, note: 'x'.repeat(120) }
  const event = EVENT_NAMES[(turn + user) % EVENT_NAMES.length] ?? ''
  return made(profiles + n + 1, { type: 'track', userId: `user-${user}`, event, properties })
}

function made(position: number, over: Pick<NormalisedEvent, 'type'> & Partial<NormalisedEvent>): LoadEvent {
  const at = new Date(START_MS + position).toISOString()
  const event = {
    messageId: `message-${position}`,
    context: { library: { name: 'bench', version: '1' }, locale: 'en-US' },
    integrations: {},
    timestamp: at,
    originalTimestamp: at,
    sentAt: at,
    receivedAt: at,
    channel: 'server',
    projectId: SOURCE,
    version: 2,
    ...over,
  } as NormalisedEvent
  return { position, event }
}

/** @param step works through events and returns when they are durable */
export async function measure(
  plan: EngagePlan,
  step: (events: readonly LoadEvent[]) => Promise<void>,
): Promise<EngageResult> {
  for (let done = 0; done < plan.profiles; done += STEP_EVENTS)
    await step(Array.from({ length: Math.min(STEP_EVENTS, plan.profiles - done) }, (_, n) => person(done + n)))
  const run = async (from: number, to: number) => {
    let spentMs = 0
    let spentCpu = 0
    for (let done = from; done < to; done += STEP_EVENTS) {
      const events = Array.from({ length: Math.min(STEP_EVENTS, to - done) }, (_, n) => track(done + n, plan))
      const before = process.cpuUsage()
      const startedMs = performance.now()
      await step(events)
      spentMs += performance.now() - startedMs
      const { user, system } = process.cpuUsage(before)
      spentCpu += user + system
    }
    return { spentMs, spentCpu }
  }
  await run(0, plan.warmup)
  const { spentMs, spentCpu } = await run(plan.warmup, plan.warmup + plan.events)
  return {
    perSecond: Math.round((plan.events / spentMs) * 1_000),
    perCoreSecond: Math.round((plan.events / spentCpu) * 1_000_000),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  }
}
