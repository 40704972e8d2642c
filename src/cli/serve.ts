import { EXIT_FATAL, parseConfig, type Running, serve } from '../app/index.ts'
import { print, printJson } from './output.ts'

/** How long a stop may take, in milliseconds: the attempts under way have 30 s. */
const STOP_MS = 40_000

/** Serves until it is told to stop. */
export async function serveCommand(options: { json?: boolean }): Promise<void> {
  const config = parseConfig(process.env)
  const running = await serve(config, (exitCode, message) => {
    process.stderr.write(`grapevine: stopped, because nothing can be promised any more: ${message}\n`)
    process.exit(exitCode)
  })
  if (options.json === true)
    printJson({
      url: running.url,
      consoleUrl: running.consoleUrl,
      sandboxUrl: running.sandboxUrl ?? null,
      warnings: running.warnings,
      setUpToken: running.setUpSecret ?? null,
    })
  else print(welcome(running))
  await stopped(running)
}

function stopped(running: Running): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = () => {
      if (isStopping) process.exit(1)
      isStopping = true
      setTimeout(() => process.exit(EXIT_FATAL), STOP_MS).unref()
      running[Symbol.asyncDispose]().then(
        () => resolve(),
        (error: unknown) => {
          process.stderr.write(`grapevine: the stop failed: ${String(error)}\n`)
          process.exit(1)
        },
      )
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

function welcome({ url, consoleUrl, quickstart, sandboxUrl, warnings, setUpSecret }: Running): string {
  const lines = ['', `Grapevine serves at ${url}`]
  if (sandboxUrl !== undefined) lines.push(`The Extole sandbox, a local stand-in for Extole, at ${sandboxUrl}`)
  for (const warning of warnings) lines.push(`Warning: ${warning.replaceAll('_', ' ')}`)
  const source = quickstart?.sources[0]
  if (source !== undefined) {
    lines.push(
      '',
      'Send a first event (any Segment SDK works: set its host and write key):',
      '',
      `  curl -s ${url}/v1/identify -u ${source.writeKey}: -H 'content-type: application/json' \\`,
      `    -d '{"userId":"u1","traits":{"email":"ada@example.com","firstName":"Ada"}}'`,
      '',
      'Then, in another terminal:',
      '',
      '  npm run demo               the calls of the Extole page, and what came out at Extole',
      '  npx grapevine tail         events as they come in',
      '  npx grapevine doctor       whether everything adds up',
      '',
      'Keys and tokens are in quickstart.json in the data directory. Stop with Ctrl-C.',
    )
  }
  if (setUpSecret === undefined) lines.push('', `The console: ${consoleUrl}`)
  else {
    lines.push(
      '',
      'Nobody has an account yet. Whoever opens this link first owns the server; it works once, until the next start:',
      '',
      `  ${consoleUrl}`,
      '',
      `Without a browser: npx grapevine join ${setUpSecret} --email you@example.com --name 'Your Name' --url ${url}`,
    )
  }
  return `${lines.join('\n')}\n`
}
