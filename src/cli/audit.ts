import { CliError, EXIT, print, printJson } from './output.ts'
import { findServer, reach, type ServerOptions } from './server.ts'

type Options = ServerOptions & { json?: boolean }

/** Whether a row of the audit trail was altered, removed or slipped in. Ends with code 1 when one was. */
export async function auditVerifyCommand(options: Options): Promise<void> {
  const { verification } = (await findServer(options).call('GET', '/api/audit-events/verification')) as unknown as {
    verification: { intact: boolean; rows?: number; brokenAtSeq?: number }
  }
  if (!verification.intact) process.exitCode = EXIT.failed
  if (options.json === true) return printJson(verification)
  if (verification.intact) return print(`The audit trail is whole: ${verification.rows} rows.`)
  print(
    `The audit trail is BROKEN at row ${verification.brokenAtSeq}: it is missing, or it or the one before was changed.`,
  )
  print('Compare with an export that was made before, or with a backup.')
}

/** The whole trail to standard output, oldest first. */
export async function auditExportCommand(options: ServerOptions & { csv?: boolean }): Promise<void> {
  const { url, token } = findServer(options)
  const format = options.csv === true ? 'csv' : 'ndjson'
  const headers = { authorization: `Bearer ${token}` }
  const response = await reach(url, `${url}/api/audit-events/export?format=${format}`, { headers })
  if (!response.ok || response.body === null) {
    throw new CliError(`the server answered ${response.status}`, 'Use a token with the scope audit:read.')
  }
  for await (const chunk of response.body) process.stdout.write(chunk)
}
