/** The command line. Each command is a file beside this one, loaded when it is called. */
import { Command } from 'commander'
import { CliError, EXIT } from './output.ts'

const program = new Command('grapevine')
  .description('Takes events from Segment SDKs and delivers them to Extole: in order, without loss, explained.')
  .showHelpAfterError()
  .exitOverride()

/** A command that talks to a running server. */
function client(parent: Command, name: string, description: string, example: string): Command {
  return parent
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
  .addHelpText(
    'after',
    '\nSettings are environment variables: `grapevine settings` lists them.\n\nExample:\n  GRAPEVINE_PORT=9000 grapevine serve',
  )
  .action(async (options) => (await import('./serve.ts')).serveCommand(options))

program
  .command('settings')
  .description('Lists the environment variables that `serve` reads')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  grapevine settings')
  .action(async (options) => (await import('./settings.ts')).settingsCommand(options))

client(
  program,
  'demo',
  "Sends the Extole page's own calls through Segment's Node SDK and shows what came out",
  'grapevine demo',
).action(async (options) => (await import('./demo.ts')).demoCommand(options))

client(
  program,
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
  .action(async (type, name, options) => (await import('./send.ts')).sendCommand(type, name, options))

client(
  program,
  'snippet',
  "Prints the script to paste into a page: Segment's browser SDK, loaded from this server and sending to it",
  'grapevine snippet javascript --host https://events.example.com',
)
  .argument('[source]', 'slug or id (default: the first browser source)')
  .option('--host <url>', 'this server as browsers reach it (default: as this command reaches it)')
  .action(async (source, options) => (await import('./snippet.ts')).snippetCommand(source, options))

client(program, 'explain', 'Tells every step that one event took, for each destination', 'grapevine explain MESSAGE_ID')
  .argument('<messageId>')
  .action(async (messageId, options) => (await import('./explain.ts')).explainCommand(messageId, options))

client(
  program,
  'test-event',
  'Tells what would become of an event at each destination, with the exact requests',
  `grapevine test-event '{"type":"track","event":"Order Completed","userId":"u1"}'`,
)
  .argument('<event>', 'JSON of the event, or @ and the name of a file that holds it')
  .option('--source <id>', "source it would come from (default: the quickstart's first)")
  .option('--destination <id>', 'one destination only')
  .option('--send', 'send it, and show the answers')
  .action(async (event, options) => (await import('./test-event.ts')).testEventCommand(event, options))

client(
  program,
  'ledger',
  'Searches the ledger: what became of each delivery, newest first',
  'grapevine ledger --state dead --user-id 056tf9eqw24',
)
  .option('--destination <id>')
  .option('--source <id>')
  .option('--user-id <id>')
  .option('--anonymous-id <id>')
  .option('--email <email>')
  .option('--message-id <id>')
  .option('--event <name>', 'name of a track')
  .option('--type <type>')
  .option('--state <state>', 'pending, delivered, dead, erased or cancelled')
  .option('--reason <reason>')
  .option('--replay <id>', 'what that replay took up')
  .option('--from <time>', 'received at or after, ISO 8601')
  .option('--to <time>', 'received before, ISO 8601')
  .option('--limit <number>', 'rows at most', '50')
  .action(async (options) => (await import('./ledger.ts')).ledgerCommand(options))

for (const noun of ['audience', 'trait'] as const) {
  const what = noun === 'audience' ? 'Audiences' : 'Computed traits'
  const query =
    noun === 'audience'
      ? "event('Order Completed').within(30 days).count() >= 1"
      : "event('Order Completed').sum(property('total'))"
  const group = program.command(noun).description(`${what} of a space`)
  const one = (name: string, description: string, example: string) =>
    client(group, name, description, `grapevine ${noun} ${example}`).option(
      '--space <space>',
      'id or slug of the space',
    )
  one('list', `Lists the ${what.toLowerCase()}, with how many are in`, 'list').action(async (options) =>
    (await import('./computations.ts')).listCommand(noun, options),
  )
  const create = one('create', `Makes one of a definition's text`, `create 'My ${noun}' "${query}"`)
  if (noun === 'audience') create.option('--only-with <type...>', 'only people who have an external id of these types')
  create
    .argument('<name>')
    .argument('<definition>')
    .option('--type <type>', 'users, or accounts with all their users')
    .option('--key <key>', 'how destinations get it; made of the name by default')
    .option('--description <text>')
    .option('--anonymous', 'count people in who are known by an anonymous id only')
    .option('--no-history', 'count only what comes from now on')
    .option('--look-back <days>', 'count only so many days of history')
    .option('--disabled', 'do not work it out yet')
    .action(async (name, definition, options) =>
      (await import('./computations.ts')).createCommand(noun, name, definition, options),
    )
  one('preview', 'Shows who would be in, over the history that the log has', `preview "${query}"`)
    .argument('<definition>')
    .option('--type <type>', 'users, or accounts with all their users')
    .option('--overlap <key>', 'also count who is in this one too, by its id or key')
    .action(async (definition, options) =>
      (await import('./computations.ts')).previewCommand(noun, definition, options),
    )
  one('show', 'Shows one: its status, its definition, where it goes', 'show KEY')
    .argument('<id>', 'id, key or name')
    .action(async (id, options) => (await import('./computations.ts')).showCommand(noun, id, options))
  one('members', 'Lists who is in, and their ids', 'members KEY --json')
    .argument('<id>', 'id, key or name')
    .option('--limit <number>', 'at most so many')
    .action(async (id, options) => (await import('./computations.ts')).membersCommand(noun, id, options))
  one('export', 'Writes everybody who is in as CSV', 'export KEY > members.csv')
    .argument('<id>', 'id, key or name')
    .action(async (id, options) => (await import('./computations.ts')).exportCommand(noun, id, options))
  one('edit', 'Changes its name, definition or description; the key stays', `edit KEY --definition "${query}"`)
    .argument('<id>', 'id, key or name')
    .option('--name <name>')
    .option('--definition <definition>')
    .option('--description <text>')
    .action(async (id, options) => (await import('./computations.ts')).editCommand(noun, id, options))
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    const command = one(name, enabled ? 'Switches one on' : 'Switches one off', `${name} KEY`)
    if (!enabled) command.option('--exits', 'tell destinations of everybody who is in that it is over')
    command
      .argument('<id>', 'id, key or name')
      .action(async (id, options) => (await import('./computations.ts')).enableCommand(noun, id, enabled, options))
  }
  one('sync', 'Tells destinations of everybody who is in once more', 'sync KEY')
    .argument('<id>', 'id, key or name')
    .option('--destination <id...>', 'only these')
    .action(async (id, options) => (await import('./syncs.ts')).syncCommand(noun, id, options))
  one('reconcile', 'Tells destinations of those only who drifted from what holds', 'reconcile KEY --dry-run')
    .argument('<id>', 'id, key or name')
    .option('--destination <id...>', 'only these')
    .option('--dry-run', 'say how many drifted, and tell nobody')
    .action(async (id, options) => (await import('./syncs.ts')).reconcileCommand(noun, id, options))
  one('undo', 'Tells destinations what they had been told before the last run', 'undo KEY --dry-run')
    .argument('<id>', 'id, key or name')
    .option('--dry-run', 'say how much would be taken back, and tell nobody')
    .action(async (id, options) => (await import('./syncs.ts')).undoCommand(noun, id, options))
  one('cancel', 'Ends the syncs of one that are under way', 'cancel KEY')
    .argument('<id>', 'id, key or name')
    .action(async (id, options) => (await import('./syncs.ts')).cancelCommand(noun, id, options))
  one('connect', 'Tells a destination of one, or changes how', 'connect KEY DESTINATION_ID --id email=last')
    .argument('<id>', 'id, key or name')
    .argument('<destination>', 'id of a destination of the space')
    .option('--form <form>', 'identify or track; of accounts, group')
    .option('--id <rule...>', 'which ids go along: TYPE=first, TYPE=last or TYPE=all, and :NAME for a trait of its own')
    .option('--enrich <trait...>', 'custom traits that go along')
    .option('--every <interval>', 'changes are collected for so long: 15m, 2h or 1d; now for as they happen')
    .action(async (id, destination, options) =>
      (await import('./activations.ts')).connectCommand(noun, id, destination, options),
    )
  one('disconnect', 'Tells a destination of one no more', 'disconnect KEY DESTINATION_ID')
    .argument('<id>', 'id, key or name')
    .argument('<destination>', 'id of a destination of the space')
    .action(async (id, destination, options) =>
      (await import('./activations.ts')).disconnectCommand(noun, id, destination, options),
    )
  one('restore', 'Brings one back that was deleted, with its key', 'restore KEY')
    .argument('<id>', 'id or key')
    .action(async (id, options) => (await import('./computations.ts')).restoreCommand(noun, id, options))
  one('delete', 'Deletes one; destinations keep the values they have', 'delete KEY')
    .argument('<id>', 'id, key or name')
    .option('--exits', 'tell destinations of everybody who is in that it is over')
    .action(async (id, options) => (await import('./computations.ts')).deleteCommand(noun, id, options))
}

const profile = program.command('profile').description('Profiles of a space')
client(profile, 'explain', 'Tells how a profile came to be what it is', 'grapevine profile explain user_id:ada')
  .argument('<id>', 'an external id as type:value, or the number use_…')
  .option('--space <space>', 'id or slug of the space')
  .action(async (id, options) => (await import('./profile.ts')).profileExplainCommand(id, options))

client(profile, 'erase', 'Erases a person by any of their ids', 'grapevine profile erase email:ada@example.com')
  .argument('<id>', 'an external id as type:value, or the number use_…')
  .option('--space <space>', 'id or slug of the space')
  .action(async (id, options) => (await import('./profile.ts')).profileEraseCommand(id, options))

const space = program.command('space').description('Spaces and their settings')
client(space, 'list', 'Lists the spaces, with the sources that feed them', 'grapevine space list').action(
  async (options) => (await import('./space.ts')).listSpacesCommand(options),
)
const rules = space.command('rules').description('Rules by which a space tells whose an event is')
client(rules, 'show', 'Shows the rules of a space', 'grapevine space rules show --json > rules.json')
  .option('--space <space>', 'id or slug of the space')
  .action(async (options) => (await import('./space.ts')).showRulesCommand(options))
client(rules, 'set', 'Sets the rules of a space, for events from now on', 'grapevine space rules set rules.json')
  .argument('<file>', 'JSON of the rules, or - for standard input')
  .option('--space <space>', 'id or slug of the space')
  .action(async (file, options) => (await import('./space.ts')).setRulesCommand(file, options))

const spaceFilter = space.command('filter').description('Filters that keep events out of the profiles of a space')
const oneFilter = (name: string, description: string, example: string) =>
  client(spaceFilter, name, description, `grapevine space filter ${example}`)
oneFilter('list', 'Lists the filters of a space', 'list')
  .option('--space <space>', 'id or slug of the space')
  .action(async (options) => (await import('./space-filters.ts')).listFiltersCommand(options))
oneFilter(
  'create',
  'Keeps events that meet a condition out of profiles',
  `create 'Test site' 'contains(context.page.url, "staging")'`,
)
  .argument('<name>')
  .argument('<condition>', 'FQL')
  .option('--space <space>', 'id or slug of the space')
  .option('--description <text>')
  .option('--disabled', 'do not use it yet')
  .action(async (name, condition, options) =>
    (await import('./space-filters.ts')).createFilterCommand(name, condition, options),
  )
oneFilter('enable', 'Switches one on', 'enable ID')
  .argument('<id>')
  .action(async (id, options) => (await import('./space-filters.ts')).enableFilterCommand(id, true, options))
oneFilter('disable', 'Switches one off', 'disable ID')
  .argument('<id>')
  .action(async (id, options) => (await import('./space-filters.ts')).enableFilterCommand(id, false, options))
oneFilter('delete', 'Deletes one', 'delete ID')
  .argument('<id>')
  .action(async (id, options) => (await import('./space-filters.ts')).deleteFilterCommand(id, options))

client(program, 'tail', 'Prints events as they come in, and what becomes of them', 'grapevine tail --source SOURCE_ID')
  .option('--source <id>', 'one source only')
  .option('--user <id>', 'one userId or anonymousId only')
  .option('--event <name>', 'one name of a track, page or screen only, or one type')
  .option(
    '--outcome <outcome>',
    'only accepted, rejected, duplicate, suppressed, filtered, delivered, retry, dead, held or cancelled',
  )
  .option('--destination <id>', 'only what became of events at one destination')
  .action(async (options) => (await import('./tail.ts')).tailCommand(options))

client(
  program,
  'doctor',
  'Tells whether everything adds up and what waits for a person',
  'grapevine doctor --json',
).action(async (options) => (await import('./doctor.ts')).doctorCommand(options))

client(
  program,
  'delete-user',
  'Deletes a person here and at every destination that can',
  'grapevine delete-user 056tf9eqw24 --wait',
)
  .argument('<userId>')
  .option('--wait', 'until every destination has answered')
  .action(async (userId, options) => (await import('./delete-user.ts')).deleteUserCommand(userId, options))

const replay = client(
  program,
  'replay',
  'Delivers dead letters again, or fills a destination from history',
  'grapevine replay --destination DESTINATION_ID --reason rejected_400 --dry-run',
)
  .option('--destination <id>', 'whose deliveries')
  .option('--history', 'events of the log that the destination has not got, instead of dead letters')
  .option('--mapping <id>', 'one mapping only')
  .option('--reason <reason...>', 'dead letters with these reasons only')
  .option('--event <name>', 'tracks with this name only')
  .option('--type <type>', 'calls of this type only')
  .option('--from <time>', 'received at or after, ISO 8601')
  .option('--to <time>', 'received before, ISO 8601')
  .option('--user-id <id>', 'one person only')
  .option('--anonymous-id <id>', 'one anonymous person only')
  .option('--message-id <id...>', 'these events only')
  .option('--rate <number>', 'deliveries a second at most (default: 500)')
  .option('--dry-run', 'show what would be sent and send nothing')
  .option('--yes', 'do not ask')
  .option('--detach', 'do not wait for the end')
  .addHelpText('after', '\nCtrl-C stops the waiting; the replay goes on until it is done or cancelled.')
  .action(async (options) => (await import('./replay.ts')).replayCommand(options))
client(replay, 'list', 'Lists replays, newest first', 'grapevine replay list').action(async (_, command) =>
  (await import('./replay.ts')).replayListCommand(command.optsWithGlobals()),
)
client(replay, 'status', 'Tells how far a replay is', 'grapevine replay status REPLAY_ID --follow')
  .argument('<id>')
  .option('--follow', 'until its end')
  .action(async (id, _, command) => (await import('./replay.ts')).replayStatusCommand(id, command.optsWithGlobals()))
client(replay, 'cancel', 'Cancels a replay; what was not tried is given back', 'grapevine replay cancel REPLAY_ID')
  .argument('<id>')
  .action(async (id, _, command) => (await import('./replay.ts')).replayCancelCommand(id, command.optsWithGlobals()))

client(
  program,
  'join',
  'Makes the account that an invitation, or the first start, is for; asks for the password',
  "grapevine join gvi_… --email you@example.com --name 'Your Name'",
)
  .argument('<token>', 'as the server printed it, or as the inviter gave it')
  .requiredOption('--name <name>')
  .option('--email <email>', 'needed for the first account only')
  .action(async (secret, options) => (await import('./join.ts')).joinCommand(secret, options))

client(
  program,
  'reset-password',
  'Sets a new password with what was passed on to you; asks for the password',
  'grapevine reset-password gvr_…',
)
  .argument('<token>', 'as `grapevine users reset-password` printed it')
  .action(async (secret, options) => (await import('./reset-password.ts')).resetPasswordCommand(secret, options))

const users = program.command('users').description('The people who operate this workspace')
client(users, 'list', 'Lists people and invitations that wait', 'grapevine users list').action(async (options) =>
  (await import('./users.ts')).usersListCommand(options),
)
client(
  users,
  'invite',
  'Makes an invitation and shows once what to pass on',
  'grapevine users invite grace@example.com --role editor',
)
  .argument('<email>')
  .option('--role <role>', 'viewer, editor, admin or owner', 'viewer')
  .option('--pii', 'may see contents of events and profiles')
  .action(async (email, options) => (await import('./users.ts')).usersInviteCommand(email, options))
client(users, 'role', 'Gives somebody another role', 'grapevine users role USER_ID admin --pii')
  .argument('<id>')
  .argument('<role>', 'viewer, editor, admin or owner')
  .option('--pii', 'may see contents of events and profiles; without it they may not')
  .action(async (id, role, options) => (await import('./users.ts')).usersRoleCommand(id, role, options))
client(
  users,
  'reset-password',
  'Makes a new password possible for who forgot theirs, and shows once what to pass on',
  'grapevine users reset-password grace@example.com',
)
  .argument('<email>')
  .action(async (email, options) => (await import('./users.ts')).usersResetPasswordCommand(email, options))
client(users, 'remove', 'Removes somebody, their sessions and their tokens', 'grapevine users remove USER_ID')
  .argument('<id>')
  .action(async (id, options) => (await import('./users.ts')).usersRemoveCommand(id, options))

const audit = program.command('audit').description('The audit trail: every change, by whom and from where')
client(audit, 'verify', 'Tells whether a row was altered, removed or slipped in', 'grapevine audit verify').action(
  async (options) => (await import('./audit.ts')).auditVerifyCommand(options),
)
client(audit, 'export', 'Writes the whole trail, a JSON line each', 'grapevine audit export --csv > audit.csv')
  .option('--csv', 'as CSV')
  .action(async (options) => (await import('./audit.ts')).auditExportCommand(options))

const token = program.command('token').description('Makes, lists and revokes API tokens')
client(token, 'create', 'Makes an API token and shows it once', 'grapevine token create ci --scope api:read')
  .argument('<name>')
  .option('--scope <scope...>', 'what it may do', ['api:read'])
  .action(async (name, options) => (await import('./token.ts')).tokenCreateCommand(name, options))
client(token, 'list', 'Lists the API tokens that work', 'grapevine token list').action(async (options) =>
  (await import('./token.ts')).tokenListCommand(options),
)
client(token, 'revoke', 'Revokes an API token at once', 'grapevine token revoke TOKEN_ID')
  .argument('<id>')
  .action(async (id, options) => (await import('./token.ts')).tokenRevokeCommand(id, options))

const backup = client(
  program,
  'backup',
  'Makes a backup, of a running server or of a data directory that no server has',
  'grapevine backup --to /mnt/backups',
)
  .option('--to <directory>', 'copy it there, too, and read the copy back')
  .addHelpText('after', '\nCtrl-C cancels it. GRAPEVINE_BACKUPS says where backups are.')
  .action(async (options) => (await import('./backup.ts')).backupCommand(options))
client(backup, 'list', 'Lists backups, newest first, and which are sound', 'grapevine backup list').action(
  async (_, command) => (await import('./backup.ts')).backupListCommand(command.optsWithGlobals()),
)
client(
  backup,
  'verify',
  'Reads all of a backup; ends with code 1 when it is not sound',
  'grapevine backup verify 2026-11-28T00-20-11Z',
)
  .argument('<backup>', 'name in the folder of backups, or path')
  .action(async (name, _, command) =>
    (await import('./backup.ts')).backupVerifyCommand(name, command.optsWithGlobals()),
  )

program
  .command('restore')
  .description('Puts a backup back while the server is stopped; who was deleted since stays deleted')
  .argument('<backup>', 'name in the folder of backups, or path')
  .option('--data <directory>', 'data directory (default: GRAPEVINE_DATA)')
  .option('--replace', 'move aside what is there')
  .option('--erasures <file...>', 'further files that say who was deleted since')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  grapevine restore /mnt/backups/2026-11-28T00-20-11Z --data ./data')
  .action(async (name, options) => (await import('./restore.ts')).restoreCommand(name, options))

const catalog = program.command('catalog').description("Installs Segment's own destinations")
catalog
  .command('install')
  .description("Installs Segment's own destinations (118 MB, some 20 s; needs npm and its registry)")
  .option('--data <directory>', 'data directory (default: GRAPEVINE_DATA)')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  grapevine catalog install')
  .action(async (options) => (await import('./catalog.ts')).catalogInstallCommand(options))
catalog
  .command('status')
  .description("Tells whether Segment's own destinations are installed; ends with code 1 when not")
  .option('--data <directory>', 'data directory (default: GRAPEVINE_DATA)')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  grapevine catalog status --json')
  .action(async (options) => (await import('./catalog.ts')).catalogStatusCommand(options))

program
  .command('sandbox')
  .description('Serves an Extole sandbox by itself until it is stopped')
  .option('--port <port>', 'port, 0 for any free one', '8701')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--file <file>', 'where it keeps its data (default: in memory)')
  .option('--conformance', 'fill it with the fixtures of the conformance cases')
  .option('--json', 'print one line of JSON when ready')
  .addHelpText('after', '\nExample:\n  grapevine sandbox --port 0 --json')
  .action(async (options) => (await import('./sandbox.ts')).sandboxCommand(options))

program
  .command('micro')
  .description('Serves the Tracking API in memory and tells what would have been sent: for the tests of your program')
  .option('--port <port>', 'port, 0 for any free one', '8702')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--config <file>', 'JSON with write key and destinations (default: one Extole Platform)')
  .option('--json', 'print one line of JSON when ready')
  .addHelpText('after', '\nExample:\n  grapevine micro --port 0 --json')
  .action(async (options) => (await import('./micro.ts')).microCommand(options))

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
  const { name, code, exitCode, nextStep, problems, message, stack } = Object(error)
  // Commander has printed its own message, also for --help, which is no failure.
  if (typeof code === 'string' && code.startsWith('commander.')) return exitCode === 0 ? EXIT.ok : EXIT.usage
  if (name === 'ConfigError') {
    const list = (problems as readonly string[]).map((problem) => `  ${problem}\n`).join('')
    process.stderr.write(`grapevine: the settings are not right:\n${list}`)
    return exitCode
  }
  if (error instanceof CliError || typeof exitCode === 'number') {
    process.stderr.write(`grapevine: ${message}\n${nextStep ?? ''}\n`)
    return exitCode
  }
  process.stderr.write(`grapevine: ${stack ?? String(error)}\n`)
  return EXIT.failed
}
