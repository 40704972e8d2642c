/**
 * Runs Segment Actions definitions, one attempt at a time, over the guarded client. Nothing here decides what an
 * outcome means: `src/delivery` does.
 */
import type { ActionDefinition, RequestClient } from '@segment/actions-core'
import { actionsCore } from './actions-core.ts'
import type { Definition, Settings } from './definition.ts'
import type { HttpClient } from './http.ts'
import type { Outcome, RenderedRequest } from './outcome.ts'
import { type JsonObject, mapFields } from './prepared-action.ts'
import { NoAnswer, PreviewEnd, RecordingClient } from './request-client.ts'
import { secretsOf } from './secrets.ts'

/** What is kept of a first attempt, so that every retry sends the same. Plain JSON without credentials. */
export interface FrozenAttempt {
  /** The action's fields as they were filled; null if that failed. */
  readonly payload: JsonObject | null
  /** Null if no request was rendered, or if it cannot be kept: a retry then renders it from `payload`. */
  readonly request: RenderedRequest | null
}

export interface ActionRun {
  readonly definition: Definition
  /** Slug of the action. */
  readonly action: string
  readonly settings: Settings
  readonly mapping: Readonly<Record<string, unknown>>
  /** A Segment event as it was accepted. */
  readonly event: object
}

export interface Attempt {
  readonly outcome: Outcome
  /** The request the outcome belongs to, as people may see it; null if there was none. */
  readonly request: RenderedRequest | null
  readonly payload: JsonObject | null
  readonly frozen: FrozenAttempt
}

/** What an action came to that needed no request. */
export const NOTHING_TO_SEND: Outcome = { kind: 'answered', status: 204, headers: {}, body: '', truncated: false }

/**
 * Makes one attempt. It does not throw: what a definition throws becomes an outcome. With `frozen` the same method,
 * path and body are sent as before.
 */
export async function runAction(
  run: ActionRun & { readonly http: HttpClient; readonly frozen?: FrozenAttempt | null; readonly signal?: AbortSignal },
): Promise<Attempt> {
  const action = actionOf(run)
  if (!action) return failed({ kind: 'invalid', reason: `there is no action ${run.action}` }, null)
  const mapped = run.frozen?.payload ? { payload: run.frozen.payload } : mapEvent(action, run)
  if ('problem' in mapped) return failed({ kind: 'unmapped', reason: mapped.problem }, null)
  const { payload } = mapped
  const bundle = bundleOf(action, run, payload, run.signal)
  const client = clientFor(run, bundle, run.http, run.frozen?.request ?? null)
  if (!(client instanceof RecordingClient)) return failed(client, payload)
  const outcome = await outcomeOf(client, () => action.perform(client.request, bundle))
  const secrets = secretsOf(run.definition, run.settings)
  return {
    outcome,
    payload,
    // Made when they are looked at: a delivery that succeeds at once needs neither.
    get request() {
      return client.last && secrets.maskRequest(client.last)
    },
    get frozen() {
      return run.frozen?.request ? run.frozen : { payload, request: client.first && secrets.mark(client.first) }
    },
  }
}

/** What would be sent. */
export interface Preview {
  readonly request: RenderedRequest | null
  readonly payload: JsonObject | null
  /** Why there is no request, for people. */
  readonly problem: string | null
}

/** Renders the first request of an attempt without sending it. */
export async function preview(run: ActionRun): Promise<Preview> {
  const action = actionOf(run)
  if (!action) return { request: null, payload: null, problem: `there is no action ${run.action}` }
  const mapped = mapEvent(action, run)
  if ('problem' in mapped) return { request: null, payload: null, problem: mapped.problem }
  const { payload } = mapped
  const bundle = bundleOf(action, run, payload, undefined)
  const client = clientFor(run, bundle, null, null)
  if (!(client instanceof RecordingClient)) return { request: null, payload, problem: client.reason }
  const outcome = await outcomeOf(client, () => action.perform(client.request, bundle))
  const problem = client.first === null && outcome.kind === 'invalid' ? outcome.reason : null
  const secrets = secretsOf(run.definition, run.settings)
  return { request: client.first && secrets.maskRequest(client.first), payload, problem }
}

export interface DeleteRun {
  readonly definition: Definition
  readonly settings: Settings
  readonly userId: string | null
  readonly anonymousId: string | null
  /** The regulation's id, where the destination has a place for it. */
  readonly regulationId: string
  readonly http: HttpClient
  readonly signal?: AbortSignal
}

export interface Deletion {
  readonly outcome: Outcome
  /** As people may see it; null if there was none. */
  readonly request: RenderedRequest | null
}

/** Sends a person's deletion to the destination; null if the definition has no way to delete, or none for these ids. */
export async function runDelete(run: DeleteRun): Promise<Deletion | null> {
  const { definition, settings } = run
  const { onDelete } = definition
  if (!onDelete) return null
  const payload = { userId: run.userId, anonymousId: run.anonymousId, regulationId: run.regulationId }
  const bundle = { settings, payload, auth: actionsCore().getAuthData(settings as never) }
  const client = clientFor(run, bundle, run.http, null)
  if (!(client instanceof RecordingClient)) return { outcome: client, request: null }
  const outcome = await outcomeOf(client, () => onDelete(client.request, bundle))
  if (client.last === null && outcome === NOTHING_TO_SEND) return null
  return { outcome, request: client.last && secretsOf(definition, settings).maskRequest(client.last) }
}

/** What came of a test of credentials. Sentences for the person who typed them, without secrets. */
export interface TestResult {
  readonly isValid: boolean
  readonly message: string
  /** What will not work although the credentials do. */
  readonly warnings: readonly string[]
}

/** A person waits for the answer, in milliseconds: all requests of one test together. */
export const TEST_MS_MAX = 10_000

/** Tries the credentials. Does not throw. A definition may answer `{warnings: string[]}`, which the framework ignores. */
export async function testAuthentication(run: {
  readonly definition: Definition
  readonly settings: Settings
  readonly http: HttpClient
  /** Milliseconds, default TEST_MS_MAX. */
  readonly msMax?: number
}): Promise<TestResult> {
  const { definition, settings, http, msMax = TEST_MS_MAX } = run
  const test = definition.authentication?.testAuthentication
  const untested = 'This destination has no way to test its credentials.'
  if (!test) return { isValid: true, message: untested, warnings: [] }
  const auth = actionsCore().getAuthData(settings as never)
  const deadline = new AbortController()
  const timer = http.clock.after(msMax, () => deadline.abort())
  const bundle = { settings, payload: undefined, auth, signal: deadline.signal }
  const client = clientFor(run, bundle, http, null)
  const secrets = secretsOf(definition, settings)
  try {
    if (!(client instanceof RecordingClient)) return { isValid: false, message: client.reason, warnings: [] }
    const { warnings } = Object(await test(client.request as RequestClient, { settings, auth }))
    const found = Array.isArray(warnings) ? warnings.map((each) => secrets.mask(String(each))) : []
    return { isValid: true, message: 'The credentials work.', warnings: found }
  } catch (error) {
    const last = client instanceof RecordingClient ? client.lastOutcome : null
    const called = client instanceof RecordingClient ? client.last?.url : undefined
    const outcome = error instanceof NoAnswer ? error.outcome : last
    const message = outcome && outcome.kind !== 'answered' ? noAnswerSentence(outcome, called) : messageOf(error)
    return { isValid: false, message: secrets.mask(message), warnings: [] }
  } finally {
    timer.cancel()
  }
}

export function actionOf({
  definition,
  action,
}: Pick<ActionRun, 'definition' | 'action'>): ActionDefinition<Settings> | undefined {
  return Object.hasOwn(definition.actions, action) ? definition.actions[action] : undefined
}

export function failed(outcome: Outcome, payload: JsonObject | null): Attempt {
  return { outcome, request: null, payload, frozen: { payload, request: null } }
}

export function mapEvent(
  action: ActionDefinition<Settings>,
  run: ActionRun,
): { payload: JsonObject } | { problem: string } {
  try {
    return { payload: mapFields(action, run.mapping, run.event as JsonObject) }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

const SYNC_MODES: ReadonlySet<unknown> = new Set(['add', 'update', 'upsert', 'delete', 'mirror'])

/** What the framework passes to `perform` beside the request function. */
export function bundleOf(
  action: ActionDefinition<Settings>,
  run: ActionRun,
  payload: JsonObject,
  signal: AbortSignal | undefined,
) {
  const core = actionsCore()
  const { event, mapping, settings } = run
  const personas = Object(Object(event).context).personas
  const syncMode = action.syncMode ? mapping['__segment_internal_sync_mode'] : undefined
  const matchingKey = mapping['__segment_internal_matching_key']
  const membership = core.resolveAudienceMembership(
    event as never,
    (SYNC_MODES.has(syncMode) ? syncMode : undefined) as never,
  )
  return {
    rawData: event,
    rawMapping: mapping,
    settings,
    payload,
    auth: core.getAuthData(settings as never),
    features: {},
    hookOutputs: hookOutputsOf(action, mapping),
    audienceSettings: personas === undefined ? {} : Object(personas).audience_settings,
    ...(personas === undefined ? {} : { personasContext: personas }),
    ...(typeof membership === 'boolean' ? { audienceMembership: membership } : {}),
    ...(SYNC_MODES.has(syncMode) ? { syncMode: syncMode as 'add' } : {}),
    ...(matchingKey ? { matchingKey: String(matchingKey) } : {}),
    ...(signal ? { signal } : {}),
  }
}

function hookOutputsOf(action: ActionDefinition<Settings>, mapping: ActionRun['mapping']): Record<string, unknown> {
  const outputs: Record<string, unknown> = {}
  for (const hook in action.hooks) if (mapping[hook]) outputs[hook] = mapping[hook]
  return outputs
}

/** The request function for one run, or why the definition could not say what all its requests have in common. */
export function clientFor(
  run: { readonly definition: Definition; readonly settings: Settings },
  bundle: Parameters<NonNullable<Definition['extendRequest']>>[0],
  http: HttpClient | null,
  frozen: RenderedRequest | null,
): RecordingClient | Extract<Outcome, { kind: 'invalid' }> {
  try {
    const defaults = run.definition.extendRequest?.(bundle) ?? {}
    const { signRequest: sign } = run.definition
    return new RecordingClient({ http, defaults, settings: run.settings, sign, frozen, signal: bundle.signal })
  } catch (error) {
    return { kind: 'invalid', reason: messageOf(error) }
  }
}

async function outcomeOf(client: RecordingClient, perform: () => unknown): Promise<Outcome> {
  let result: unknown
  try {
    result = await perform()
  } catch (error) {
    return outcomeOfError(error, client.lastOutcome)
  }
  const last = client.lastOutcome
  const refusal = refusalOf(result)
  if (refusal !== null) return { kind: 'answered', headers: {}, truncated: false, ...refusal }
  if (last === null) return NOTHING_TO_SEND
  // A definition that takes a refusal for success has looked at it.
  const isSuccess = last.kind !== 'answered' || (last.status >= 200 && last.status < 300)
  return isSuccess ? last : { ...last, status: 200 }
}

/** What the framework's `MultiStatusResponse` says about its first and only event, if that was refused. */
function refusalOf(result: unknown): { status: number; body: string } | null {
  const { responses } = Object(result)
  const [first] = Array.isArray(responses) ? responses : []
  if (typeof first?.value !== 'function') return null
  const { status, errormessage } = Object(first.value())
  return typeof status === 'number' && status >= 400 ? { status, body: String(errormessage ?? '') } : null
}

/** What a definition's error says about the attempt. `last` is what came of its last request, if it made one. */
export function outcomeOfError(error: unknown, last: Outcome | null): Outcome {
  if (error instanceof PreviewEnd) return NOTHING_TO_SEND
  if (error instanceof NoAnswer) return error.outcome
  if (last !== null && last.kind !== 'answered') return last
  const { name, response, $metadata, status = Object($metadata).httpStatusCode } = Object(error)
  if (last !== null && response !== undefined && !isSuccessStatus(last.status)) return last
  if (name === 'PayloadValidationError') return { kind: 'invalid', reason: messageOf(error) }
  // The framework's own errors carry the status they are to count as, those of AWS the one that was answered.
  if (typeof status === 'number' && status >= 400 && status <= 599) {
    return { kind: 'answered', status, headers: last?.headers ?? {}, body: messageOf(error), truncated: false }
  }
  if (last === null) return { kind: 'invalid', reason: messageOf(error) }
  return isSuccessStatus(last.status) ? { kind: 'ambiguous', reason: 'GARBAGE' } : last
}

function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

/** @param url that was to be called; undefined where it did not come so far */
function noAnswerSentence(outcome: Exclude<Outcome, { kind: 'answered' }>, url: string | undefined): string {
  const called = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  const host = called === undefined ? 'The host' : `The host ${called.host}`
  switch (outcome.reason) {
    case 'ENOTFOUND':
      return `The host name${called === undefined ? '' : ` ${called.hostname}`} was not found. Check the URL.`
    case 'ECONNREFUSED':
      return `${host} refused the connection. Check the URL and its port.`
    case 'EHOSTUNREACH':
      return `${host} cannot be reached from here. Check the URL, and whether a firewall is between.`
    case 'CONNECT_TIMEOUT':
      return `${host} did not accept a connection in time. Check the URL, or try again later.`
    case 'TLS_HANDSHAKE':
      return `${host} does not speak TLS as it should. Check the URL and its port.`
    case 'tls_invalid':
      return `The certificate of ${host.replace('The', 'the')} is not valid. Check the URL, or have the host's owner renew it.`
    case 'blocked_address':
      return called?.protocol === 'http:'
        ? 'A URL with http:// is called only where GRAPEVINE_EGRESS_ALLOW permits its address. Check the URL, or begin it with https://.'
        : `${host} has a private address, or a port that may not be called. Check the URL, or permit the address in GRAPEVINE_EGRESS_ALLOW.`
    case 'ETIMEDOUT':
      return `${host} did not answer in time. Try again later.`
    case 'ECONNRESET':
      return `${host} ended the connection without an answer. Try again later.`
    case 'GARBAGE':
      return `${host} answered with something that is not HTTP. Check the URL and its port.`
    default:
      return outcome.reason
  }
}
