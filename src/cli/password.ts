import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CliError } from './output.ts'

/** The first line of standard input, which a terminal does not show while it is typed. */
export async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true
  if (isTerminal) process.stderr.write('Password (12 characters or more): ')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal })
  try {
    for await (const line of lines) return line
    throw new CliError('no password was given', 'Type it, or send it on standard input.')
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}
