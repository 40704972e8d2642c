import { expect, test } from 'vitest'
import type { ConfigSnapshot, Source } from './types.ts'
import { indexWriteKeys, POLL_MS, watchConfig } from './watch.ts'

function aSnapshot(version: number, ...sources: Partial<Source>[]): ConfigSnapshot {
  const complete = sources.map((source, index): Source => {
    const slug = `s${index}`
    return { id: slug, slug, name: slug, kind: 'node', enabled: true, writeKeys: [], ...source }
  })
  return {
    version,
    spaces: [],
    sources: new Map(complete.map((source) => [source.id, source])),
    destinations: new Map(),
    destinationsBySource: new Map(),
  }
}

/** A clock whose one timer runs when the test says so. */
function aClock() {
  const timers: { delayMs: number; run: () => void }[] = []
  return {
    timers,
    after(delayMs: number, run: () => void) {
      const timer = { delayMs, run }
      timers.push(timer)
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) }
    },
    async tick() {
      timers.shift()?.run()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('each key of a source finds it, also when the source is disabled; nothing else does', () => {
  const find = indexWriteKeys(aSnapshot(1, { writeKeys: ['a', 'b'] }, { enabled: false, writeKeys: ['c'] }, {}))
  expect([find('a')?.id, find('b')?.id, find('c')?.id]).toEqual(['s0', 's0', 's1'])
  for (const wrong of ['', 'A', 'ab', '\0', '\ud800', 'constructor']) expect(find(wrong)).toBeUndefined()
})

test('a told change is in force when the call resolves; listeners hear of it once', async () => {
  let stored = aSnapshot(1, { writeKeys: ['old'] })
  const heard: number[] = []
  const watch = await watchConfig({ load: async () => stored, loadVersion: async () => stored.version })
  const stop = watch.onChange(({ version }) => heard.push(version))
  stored = aSnapshot(2, { writeKeys: ['new'] })
  expect(watch.findByWriteKey('old')?.id).toBe('s0')
  await watch.changed()
  expect([watch.findByWriteKey('old'), watch.findByWriteKey('new')?.id]).toEqual([undefined, 's0'])
  await watch.changed()
  stop()
  stored = aSnapshot(3)
  await watch.changed()
  expect(heard).toEqual([2])
  expect(watch.current().version).toBe(3)
})

test('a change told during a load is not lost: the load is done again, once for all who told it', async () => {
  let loads = 0
  let stored = 1
  const gates: (() => void)[] = []
  const watch = await watchConfig({
    load: async () => {
      loads += 1
      const version = stored
      if (loads > 1) await new Promise<void>((resolve) => gates.push(resolve))
      return aSnapshot(version)
    },
    loadVersion: async () => stored,
  })
  stored = 2
  const first = watch.changed()
  // It has read.
  await new Promise((resolve) => setImmediate(resolve))
  stored = 3
  const later = [watch.changed(), watch.changed()]
  gates.shift()?.()
  await first
  expect(watch.current().version).toBe(2)
  await new Promise((resolve) => setImmediate(resolve))
  gates.shift()?.()
  await Promise.all(later)
  expect([watch.current().version, loads]).toEqual([3, 3])
})

test('a load that fails rejects the call, keeps the snapshot and does not stop the next', async () => {
  let failing = false
  let stored = 1
  const watch = await watchConfig({
    load: async () => {
      if (failing) throw new Error('database away')
      return aSnapshot(stored)
    },
    loadVersion: async () => stored,
  })
  stored = 2
  failing = true
  await expect(Promise.all([watch.changed(), watch.changed()])).rejects.toThrow('database away')
  expect(watch.current().version).toBe(1)
  failing = false
  await watch.changed()
  expect(watch.current().version).toBe(2)
})

test('what is known already is not loaded again', async () => {
  let stored = 1
  let loads = 0
  const load = async () => {
    loads += 1
    return aSnapshot(stored)
  }
  const watch = await watchConfig({ load, loadVersion: async () => stored })
  await watch.changed()
  expect(loads).toBe(1)
  stored = 2
  await Promise.all([watch.changed(), watch.changed(), watch.changed()])
  expect([watch.current().version, loads]).toEqual([2, 2])
})

test('an older snapshot never replaces a newer one', async () => {
  let version = 5
  const watch = await watchConfig({ load: async () => aSnapshot(version), loadVersion: async () => 6 })
  version = 4
  await watch.changed()
  expect(watch.current().version).toBe(5)
})

test('a change nobody told is found within a second, also after a poll that failed', async () => {
  let stored = 1
  let failing = false
  let loads = 0
  const errors: unknown[] = []
  const clock = aClock()
  const loadVersion = async () => {
    if (failing) throw new Error('database away')
    return stored
  }
  const load = async () => {
    loads += 1
    return aSnapshot(stored)
  }
  const watch = await watchConfig({ load, loadVersion, poll: { clock }, onPollError: (error) => errors.push(error) })
  expect(clock.timers).toMatchObject([{ delayMs: POLL_MS }])
  await clock.tick()
  expect(loads).toBe(1)
  failing = true
  await clock.tick()
  expect(errors).toHaveLength(1)
  failing = false
  stored = 2
  await clock.tick()
  expect(watch.current().version).toBe(2)
  watch.stop()
  expect(clock.timers).toEqual([])
})

test('a first load that fails leaves nothing running', async () => {
  const clock = aClock()
  const load = async () => {
    throw new Error('database away')
  }
  await expect(watchConfig({ load, loadVersion: async () => 1, poll: { clock } })).rejects.toThrow('database away')
  expect(clock.timers).toEqual([])
})
