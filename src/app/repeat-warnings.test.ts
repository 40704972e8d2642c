import { expect, test } from 'vitest'
import { REMINDER_MS, repeatWarnings } from './repeat-warnings.ts'

function start(warnings: readonly string[]) {
  const waits: number[] = []
  let due: (() => void) | undefined
  const clock = {
    after(ms: number, call: () => void) {
      waits.push(ms)
      due = call
      return {
        cancel() {
          due = undefined
        },
      }
    },
  }
  const said: unknown[] = []
  const stop = repeatWarnings({ warnings, clock, logger: { warn: (_, fields) => said.push(fields) } })
  return { waits, said, stop, pass: () => due?.() }
}

test('an override is said every hour until the end', () => {
  const { waits, said, stop, pass } = start(['async_standby'])
  pass()
  pass()
  stop()
  pass()
  expect(said).toEqual([{ warning: 'async_standby' }, { warning: 'async_standby' }])
  expect(waits).toEqual([REMINDER_MS, REMINDER_MS, REMINDER_MS])
})

test('a start without overrides has nothing to say', () => {
  expect(start([]).waits).toEqual([])
})
