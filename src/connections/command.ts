/** Commands: records of the log that are instructions, because their place among the events matters. */

/** A person asked to be forgotten (Segment's `DELETE_ONLY`). One record a subject. */
export interface EraseCommand {
  readonly command: 'erase'
  readonly regulationId: string
  readonly regulationType: 'DELETE_ONLY'
  readonly userId: string
  readonly requestedAtMs: number
}

/** Nothing arrived, and time alone changes something: what is due up to then happens. Unix milliseconds. */
export interface TickCommand {
  readonly command: 'tick'
  readonly atMs: number
}

/** A person without a userId, or a device of theirs, is to be forgotten. Destinations know them by no id they could delete. */
export interface ForgetCommand {
  readonly command: 'forget'
  readonly regulationId: string
  /** By other rules the same id may be somebody else's. */
  readonly spaceId: string
  readonly id: { readonly type: string; readonly value: string }
  readonly requestedAtMs: number
}

export type Command = EraseCommand | ForgetCommand | TickCommand

export function encodeCommand(command: Command): Buffer {
  return Buffer.from(JSON.stringify(command))
}

/** @throws Error for a command of a newer version: going on without it would break its promise */
export function decodeCommand(body: string): Command {
  const parsed = JSON.parse(body) as Command
  if (parsed.command !== 'erase' && parsed.command !== 'forget' && parsed.command !== 'tick')
    throw new Error(`command ${String(Object(parsed).command)} is unknown: written by a newer version?`)
  return parsed
}
