/** How commands speak: tables and sentences for people, one JSON value a line for programs. */

/** Exit codes of every command. 20 to 30 are the start-up gates' (reliability contract 6). */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** A command cannot go on: the message says what happened, `nextStep` what to do. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly nextStep: string
  readonly exitCode: number
  constructor(message: string, nextStep: string, exitCode: number = EXIT.failed) {
    super(message)
    this.nextStep = nextStep
    this.exitCode = exitCode
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** Text from outside must not move the cursor or recolour the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}

/** Columns as wide as their widest cell; the last one may be cut to fit `widthMax` characters a line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], widthMax = 140): string {
  const clean = rows.map((row) => row.map(printable))
  const widths = head.map((title, column) => Math.max(title.length, ...clean.map((row) => row[column]?.length ?? 0)))
  const used = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const lastMax = Math.max(20, widthMax - used)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        if (column < cells.length - 1) return cell.padEnd(widths[column] ?? 0)
        return cell.length > lastMax ? `${cell.slice(0, lastMax - 1)}…` : cell
      })
      .join('  ')
      .trimEnd()
  return [
    line(head),
    line(widths.map((width, column) => '─'.repeat(column < widths.length - 1 ? width : Math.min(width, lastMax)))),
    ...clean.map(line),
  ].join('\n')
}
