/**
 * Structured logs. The message is constant and names what happened; what varies is in fields. No event bodies, no
 * identifiers of people, no secrets (S18). Normal operation writes next to nothing.
 */
import { pino } from 'pino'

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** JSON lines on standard error, written at once so that the last one before a crash is there. */
export function createLogger(options: { readonly level: LogLevel; readonly thread: string }): Logger {
  const logger = pino(
    { level: options.level, base: { thread: options.thread }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      logger[level](fields, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
