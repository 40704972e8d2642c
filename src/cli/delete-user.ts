import { CliError, print, printJson } from './output.ts'
import { findServer, type ServerHandle, type ServerOptions } from './server.ts'

interface Regulation {
  readonly id: string
  readonly overallStatus: string
  readonly streamStatus: readonly {
    readonly destinationStatus: readonly { name: string; status: string; errString: string }[]
  }[]
}

/** How long `--wait` looks at a regulation, and how often, in milliseconds. */
const WAIT_MS = 60_000
const LOOK_MS = 200

/** Asks for a person to be deleted here and at every destination that can. */
export async function deleteUserCommand(
  userId: string,
  options: ServerOptions & { json?: boolean; wait?: boolean },
): Promise<void> {
  const server = findServer(options)
  const accepted = await server.call('POST', '/api/regulations', {
    regulationType: 'DELETE_ONLY',
    subjectType: 'USER_ID',
    subjectIds: [userId],
  })
  const id = String(accepted['regulateId'])
  if (options.wait !== true) {
    if (options.json === true) return printJson({ regulateId: id })
    return print(`Accepted as ${id}. Watch it with: grapevine delete-user --wait`)
  }
  const regulation = await finishedRegulation(server, id)
  if (options.json === true) return printJson(regulation)
  print(`${regulation.id}: ${regulation.overallStatus}`)
  for (const { name, status, errString } of regulation.streamStatus.flatMap((each) => each.destinationStatus)) {
    print(`  ${name}: ${status}${errString === '' ? '' : ` (${errString})`}`)
  }
}

/** Waits until every destination has answered. @throws CliError when that takes too long */
export async function finishedRegulation(server: ServerHandle, id: string): Promise<Regulation> {
  const endsAt = performance.now() + WAIT_MS
  let last = 'not begun'
  while (performance.now() < endsAt) {
    try {
      const { regulation } = (await server.call('GET', `/api/regulations/${id}`)) as unknown as {
        regulation: Regulation
      }
      if (regulation.overallStatus !== 'RUNNING') return regulation
      last = regulation.overallStatus
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      last = error.message
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new CliError(`${id} did not end within a minute: ${last}`, 'A destination may be down: see `grapevine doctor`.')
}
