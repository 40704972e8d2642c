/**
 * The example calls of the Extole page, through Segment's own Node SDK, and what came of them at Extole: what was sent,
 * the request Extole got, the person, the data, the steps.
 */
import { Analytics } from '@segment/analytics-node'
import { finishedRegulation } from './delete-user.ts'
import { CliError, print, printJson, table } from './output.ts'
import { findServer, reach, type ServerOptions } from './server.ts'

const JOHN = { email: 'john.doe@example.com', firstName: 'John', lastName: 'Doe', age: 25, existingCustomer: true }
const REGISTRATION = {
  email: 'john.doe@example.com',
  first_name: 'John',
  last_name: 'Doe',
  partner_user_id: 'userId123',
}
const CONVERSION = {
  email: 'john.doe@example.com',
  first_name: 'John',
  last_name: 'Doe',
  partner_conversion_id: 'purchaseId123',
  cart_value: '99.99',
}
/** The person whom the page's delete request names; sent first, so that there is something to delete. */
const DELETED_USER = '056tf9eqw24'
/** Sent under a name of the brand's own; the event names table makes it what Extole knows. */
const RENAMED = { from: 'Order Placed', to: 'conversion' }

/** How long the demo waits for something to arrive, and how often it looks, in milliseconds. */
const WAIT_MS = 20_000
const LOOK_MS = 50

interface Sent {
  readonly call: string
  /** `partner_user_id` and event name under which it must arrive at Extole. */
  readonly who: string
  readonly extoleName: string
  readonly send: (analytics: Analytics, messageId: string) => void
}

interface ReceivedRequest {
  readonly sequence: number
  readonly method: string
  readonly path: string
  readonly body: string
}

interface Entry {
  readonly name: string
  readonly scope: string
  readonly value: unknown
}

interface Step {
  readonly id: string
  readonly name: string
  readonly event_date: string
}

const userId = 'userId123'

const john = (call: string, extoleName: string, send: Sent['send']): Sent => ({ call, who: userId, extoleName, send })

const CALLS: readonly Sent[] = [
  john(
    `identify('${userId}', {email, firstName, lastName, age: 25, existingCustomer: true})`,
    'identify',
    (a, messageId) => a.identify({ userId, traits: JOHN, messageId }),
  ),
  john(`track('Login Button Clicked')`, 'Login Button Clicked', (a, messageId) =>
    a.track({ userId, event: 'Login Button Clicked', messageId }),
  ),
  john(`track('registration', {…})`, 'registration', (a, messageId) =>
    a.track({ userId, event: 'registration', properties: REGISTRATION, messageId }),
  ),
  john(`track('registration', {…}) again`, 'registration', (a, messageId) =>
    a.track({ userId, event: 'registration', properties: REGISTRATION, messageId }),
  ),
  john(
    `track('conversion', {partner_conversion_id: 'purchaseId123', cart_value: '99.99', …})`,
    'conversion',
    (a, messageId) => a.track({ userId, event: 'conversion', properties: CONVERSION, messageId }),
  ),
  john(`track('conversion', {…}) again`, 'conversion', (a, messageId) =>
    a.track({ userId, event: 'conversion', properties: CONVERSION, messageId }),
  ),
  john(`track('${RENAMED.from}', {partner_conversion_id: 'purchaseId124', …})`, RENAMED.to, (a, messageId) =>
    a.track({
      userId,
      event: RENAMED.from,
      properties: { ...CONVERSION, partner_conversion_id: 'purchaseId124' },
      messageId,
    }),
  ),
  {
    call: `identify('${DELETED_USER}', {email})`,
    who: DELETED_USER,
    extoleName: 'identify',
    send: (a, messageId) => a.identify({ userId: DELETED_USER, traits: { email: 'leaving@example.com' }, messageId }),
  },
]

export async function demoCommand(options: ServerOptions & { json?: boolean }): Promise<void> {
  const server = findServer(options)
  const { quickstart } = server
  if (quickstart?.extole === undefined || quickstart.extole === null) {
    throw new CliError(
      'the demo needs the quickstart and its Extole sandbox',
      'Start with `npm start` on an empty data directory.',
    )
  }
  const extole = extoleClient(quickstart.extole)
  const source = quickstart.sources[0]
  if (source === undefined) throw new CliError('quickstart.json names no source', 'Start with an empty data directory.')

  const settings = { eventNames: { [RENAMED.from]: RENAMED.to } }
  await server.call('PATCH', `/api/destinations/${quickstart.destinationId}`, { settings })
  const before = await extole.lastSequence()
  await sendAll(server.url, source.writeKey)
  const requests = await extole.requestsAfter(before, CALLS.length)
  const arrived = matchCalls(requests)
  const leaving = await extole.person(DELETED_USER)
  const accepted = await server.call('POST', '/api/regulations', {
    regulationType: 'DELETE_ONLY',
    subjectType: 'USER_ID',
    subjectIds: [DELETED_USER],
  })
  const regulation = await finishedRegulation(server, String(accepted['regulateId']))
  const erasure = (await extole.requestsAfter(requests.at(-1)?.sequence ?? before, 1)).at(0)

  const person = await extole.person(userId)
  const data = person === undefined ? [] : await extole.data(person.id)
  const steps = person === undefined ? [] : await extole.steps(person.id)
  const gone = await extole.person(DELETED_USER)
  const stepCount = (name: string) => steps.filter((step) => step.name === name).length
  const checks: [string, boolean][] = [
    [
      'the person has partner_user_id, email, first_name and last_name',
      ['partner_user_id', 'email', 'first_name', 'last_name'].every((name) =>
        data.some((entry) => entry.name === name),
      ),
    ],
    [
      'age is the number 25 and PUBLIC',
      data.some(({ name, scope, value }) => name === 'age' && scope === 'PUBLIC' && value === 25),
    ],
    [
      'existingCustomer is true and PUBLIC',
      data.some(({ name, scope, value }) => name === 'existingCustomer' && scope === 'PUBLIC' && value === true),
    ],
    ['two registrations made one step', stepCount('registration') === 1],
    [`two conversions and a renamed "${RENAMED.from}" made two steps`, stepCount('conversion') === 2],
    ['the deleted person was there before, and is not found now', leaving !== undefined && gone === undefined],
  ]
  if (checks.some(([, holds]) => !holds)) process.exitCode = 1
  if (options.json === true)
    return printJson({ requests, erasure, regulation, person, data, steps, checks: Object.fromEntries(checks) })
  print(report({ arrived, erasure, person, data, steps, checks, regulation: regulation.overallStatus }))
}

async function sendAll(host: string, writeKey: string): Promise<void> {
  const analytics = new Analytics({ writeKey, host, flushInterval: 100 })
  const failures: unknown[] = []
  analytics.on('error', (error) => failures.push(error))
  const run = crypto.randomUUID()
  for (const [index, { send }] of CALLS.entries()) send(analytics, `demo-${run}-${index}`)
  await analytics.closeAndFlush({ timeout: WAIT_MS })
  if (failures.length > 0)
    throw new CliError(`Segment's SDK could not send: ${JSON.stringify(failures[0])}`, 'See `grapevine doctor`.')
}

function report(result: {
  arrived: readonly (ReceivedRequest | undefined)[]
  erasure: ReceivedRequest | undefined
  person: { id: string } | undefined
  data: readonly Entry[]
  steps: readonly Step[]
  checks: readonly (readonly [string, boolean])[]
  regulation: string
}): string {
  const { arrived, erasure, person, data, steps, checks, regulation } = result
  const rows = CALLS.map(({ call }, index) => [call, requestText(arrived[index])])
  rows.push([`delete {"userId": "${DELETED_USER}"} (${regulation})`, requestText(erasure)])
  return [
    '',
    'What was sent, and the request that Extole got',
    table(['Segment call', 'request to Extole'], rows, 200),
    '',
    `The person at Extole (id ${person?.id ?? 'not found'})`,
    table(
      ['name', 'scope', 'value'],
      data.map(({ name, scope, value }) => [name, scope, JSON.stringify(value)]),
    ),
    '',
    'Steps',
    table(
      ['name', 'when'],
      steps.map(({ name, event_date }) => [name, event_date]),
    ),
    '',
    ...checks.map(([what, holds]) => `${holds ? '✓' : '✗'} ${what}`),
    '',
  ].join('\n')
}

/** The request that each call became: people's requests arrive side by side, one person's in order. */
function matchCalls(requests: readonly ReceivedRequest[]): (ReceivedRequest | undefined)[] {
  const left = [...requests]
  return CALLS.map(({ who, extoleName }) => {
    const index = left.findIndex(({ body }) => {
      const { event_name, data } = JSON.parse(body)
      return event_name === extoleName && data?.partner_user_id === who
    })
    return index === -1 ? undefined : left.splice(index, 1)[0]
  })
}

function requestText(request: ReceivedRequest | undefined): string {
  return request === undefined ? '(none)' : `${request.method} ${request.path} ${request.body}`
}

/** Reads from the sandbox the way Extole's own API is read, and its list of requests. */
function extoleClient({ url, apiKey }: { url: string; apiKey: string }) {
  const get = async (path: string): Promise<unknown> => {
    const response = await reach(url, `${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })
    if (!response.ok) throw new CliError(`the sandbox answered ${response.status} to ${path}`, 'See its log.')
    return response.json()
  }
  const received = async (after: number) =>
    ((await get(`/sandbox/requests?after=${after}&limit=1000`)) as { requests: ReceivedRequest[] }).requests.filter(
      ({ path }) => path.startsWith('/v6/async-events') || path.startsWith('/v4/erasures'),
    )
  return {
    async lastSequence(): Promise<number> {
      const { requests } = (await get('/sandbox/requests?limit=1')) as { requests: ReceivedRequest[] }
      return requests.at(-1)?.sequence ?? 0
    },
    async requestsAfter(after: number, count: number): Promise<readonly ReceivedRequest[]> {
      const endsAt = performance.now() + WAIT_MS
      for (;;) {
        const requests = await received(after)
        if (requests.length >= count) return requests
        if (performance.now() > endsAt)
          throw new CliError(
            `${requests.length} of ${count} requests reached Extole in time`,
            'See `grapevine doctor`.',
          )
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    async person(partnerUserId: string): Promise<{ id: string } | undefined> {
      const key = encodeURIComponent(`partner_user_id:${partnerUserId}`)
      return ((await get(`/v5/persons?person_keys=${key}`)) as { id: string }[])[0]
    },
    async data(id: string): Promise<readonly Entry[]> {
      return Object.values((await get(`/v5/persons/${id}/data`)) as Record<string, Entry>)
    },
    async steps(id: string): Promise<readonly Step[]> {
      return (await get(`/v5/persons/${id}/steps`)) as Step[]
    },
  }
}
