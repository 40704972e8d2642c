/** The command line. Each command is a file beside this one. */
import { Command } from 'commander'
import { ConfigError } from '../app/index.ts'
import { deleteUserCommand } from './delete-user.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { CliError, EXIT } from './output.ts'
import { sandboxCommand } from './sandbox.ts'
import { sendCommand } from './send.ts'
import { serveCommand, settingsHelp } from './serve.ts'
import { tailCommand } from './tail.ts'
import { tokenCreateCommand, tokenListCommand, tokenRevokeCommand } from './token.ts'

const program = new Command('grapevine')
  .description('Takes events from Segment SDKs and delivers them to Extole: in order, without loss, explained.')
  .showHelpAfterError()
  .exitOverride()

function client(name: string, description: string, example: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--url <url>', 'address of the server (default: quickstart.json)')
    .option('--data <directory>', 'data directory whose quickstart.json names server and token')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  ${example}`)
}

program
  .command('serve')
  .description('Serves everything until it is stopped')
  .option('--json', 'print one line of JSON when ready')
  .addHelpText('after', settingsHelp())
  .action(serveCommand)

client(
  'demo',
  "Sends the Extole page's own calls through Segment's Node SDK and shows what came out",
  'grapevine demo',
).action(demoCommand)

client(
  'send',
  'Sends one event as an SDK would',
  `grapevine send track 'Order Completed' --user-id u1 --properties '{"total":10}'`,
)
  .argument('<type>', 'identify, track, page, screen, group or alias')
  .argument('[name]', 'event name of a track, or name of a page or screen')
  .option('--write-key <key>', 'write key of the source')
  .option('--user-id <id>')
  .option('--anonymous-id <id>')
  .option('--traits <json>', 'JSON object')
  .option('--properties <json>', 'JSON object')
  .action(sendCommand)

client('tail', 'Prints events as they come in', 'grapevine tail --source SOURCE_ID')
  .option('--source <id>', 'one source only')
  .action(tailCommand)

client('doctor', 'Tells whether everything adds up and what waits for a person', 'grapevine doctor --json').action(
  doctorCommand,
)

client(
  'delete-user',
  'Deletes a person here and at every destination that can',
  'grapevine delete-user 056tf9eqw24 --wait',
)
  .argument('<userId>')
  .option('--wait', 'until every destination has answered')
  .action(deleteUserCommand)

client('token-create', 'Makes an API token and shows it once', 'grapevine token-create ci --scope api:read')
  .argument('<name>')
  .option('--scope <scope...>', 'what it may do', ['api:read'])
  .action(tokenCreateCommand)
client('token-list', 'Lists the API tokens that work', 'grapevine token-list').action(tokenListCommand)
client('token-revoke', 'Revokes an API token at once', 'grapevine token-revoke TOKEN_ID')
  .argument('<id>')
  .action(tokenRevokeCommand)

program
  .command('sandbox')
  .description('Serves an Extole sandbox by itself until it is stopped')
  .option('--port <port>', 'port, 0 for any free one', '8701')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--file <file>', 'where it keeps its data (default: in memory)')
  .option('--conformance', 'fill it with the fixtures of the conformance cases')
  .option('--json', 'print one line of JSON when ready')
  .addHelpText('after', '\nExample:\n  grapevine sandbox --port 0 --json')
  .action(sandboxCommand)

/** Runs the command that `argv` names and answers the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(argv)
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    return report(error)
  }
}

/** Says what went wrong and what to do next; answers the exit code. */
function report(error: unknown): number {
  if (error instanceof CliError) {
    process.stderr.write(`grapevine: ${error.message}\n${error.nextStep}\n`)
    return error.exitCode
  }
  if (error instanceof ConfigError) {
    process.stderr.write(
      `grapevine: the settings are not right:\n${error.problems.map((each) => `  ${each}\n`).join('')}`,
    )
    return error.exitCode
  }
  const { code, exitCode, nextStep, message, stack } = Object(error)
  // Commander has printed its own message, also for --help, which is no failure.
  if (typeof code === 'string' && code.startsWith('commander.')) return exitCode === 0 ? EXIT.ok : EXIT.usage
  if (typeof exitCode === 'number') {
    process.stderr.write(`grapevine: ${message}\n${nextStep ?? ''}\n`)
    return exitCode
  }
  process.stderr.write(`grapevine: ${stack ?? String(error)}\n`)
  return EXIT.failed
}
