import { expect, test } from 'vitest'
import { HOUR_MS, type PipelineState, type VolumeFact } from '../state/index.ts'
import { aConfig, aDestination, anEvent, anInstance, eventRecord, SOURCE, startPipeline, status } from './builders.ts'

const OF_SOURCE: readonly VolumeFact[] = ['accepted', 'rejected', 'suppressed', 'duplicate']
const OF_DESTINATION: readonly VolumeFact[] = ['filtered', 'delivered', 'dead', 'cancelled', 'retried']

/** All that was ever counted over time, as the counters name it. */
async function summed({ volume }: PipelineState): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const [scope, facts] of [['source', OF_SOURCE] as const, ['destination', OF_DESTINATION] as const]) {
    for (const { number, id, fact } of await volume.series({ scope, facts })) {
      const always = { unit: 'hour', fromMs: 0, toMs: 1e6 * HOUR_MS, unitsOfPoint: 1 } as const
      const points = await volume.points({ ...always, series: [number] })
      const name = `${scope} ${id} ${fact}`
      sums[name] = points.reduce((sum, { count }) => sum + count, sums[name] ?? 0)
    }
  }
  return sums
}

/** The same of the counters. */
async function counted(state: PipelineState): Promise<Record<string, number>> {
  const names: readonly string[] = [...OF_SOURCE, ...OF_DESTINATION, 'retries']
  const counts = (await state.counts()).filter(({ scope, name, by }) => {
    // What a destination got of its source is not counted over time a second time.
    return names.includes(name) && by > 0 && !(scope === 'destination' && name === 'accepted')
  })
  return Object.fromEntries(
    counts
      .filter(({ scope }) => scope !== 'replay')
      .map(({ scope, id, name, by }) => [`${scope} ${id} ${name === 'retries' ? 'retried' : name}`, by]),
  )
}

test('the sums of what is counted over time are the counters, and a restart counts nothing twice', async () => {
  await using destination = await aDestination()
  let failures = 2
  destination.answer = ({ body }, response) => {
    if (body.event_name !== 'Refused' && failures-- > 0) return status(503)({} as never, response)
    if (body.event_name === 'Refused') status(400)({} as never, response)
    else response.end('{"event_id":"1","status":"COMPLETED"}')
  }
  const settings = { apiKey: 'key-of-the-test', apiBaseUrl: destination.url, eventsBaseUrl: destination.url }
  const config = aConfig(anInstance({ settings }), anInstance({ number: 2, enabled: false, settings }))
  const running = await startPipeline(config)
  const report = { receivedAt: '2026-01-02T03:04:05.678Z', counts: { bad_request: 2, suppressed: 1 }, samples: [] }
  await running.log.append([{ kind: 'rejected', sourceId: SOURCE, body: Buffer.from(JSON.stringify(report)) }])
  const sent = ['a', 'b', 'b', 'c', 'd'].map((messageId, index) => {
    return anEvent({ messageId, event: index === 4 ? 'Refused' : 'Button Clicked' })
  })
  await running.send(...sent, anEvent({ messageId: 'e', type: 'identify', traits: {} }))
  await running.drained()
  const expected = {
    [`source ${SOURCE} accepted`]: 5,
    [`source ${SOURCE} rejected`]: 2,
    [`source ${SOURCE} suppressed`]: 1,
    [`source ${SOURCE} duplicate`]: 1,
    'destination 1 delivered': 4,
    'destination 1 dead': 1,
    'destination 1 retried': 2,
    'destination 2 filtered': 5,
  }
  expect(await summed(running.state)).toEqual(expected)
  expect(await counted(running.state)).toEqual(expected)
  await using again = await running.restart(config)
  await again.send(...sent)
  await again.drained()
  const after = { ...expected, [`source ${SOURCE} duplicate`]: 6 }
  expect([await summed(again.state), await counted(again.state)]).toEqual([after, after])
})

test('what arrives is counted in the minute of its arrival, however late it is worked through', async () => {
  await using running = await startPipeline(aConfig())
  const receivedAt = ['2026-01-02T03:04:59.999Z', '2026-01-02T03:05:00.000Z']
  const events = receivedAt.map((at) => anEvent({ messageId: at, receivedAt: at }))
  await running.log.append(events.map(eventRecord))
  await running.drained()
  const [series] = await running.state.volume.series({ scope: 'source', facts: ['accepted'] })
  const minutes = { unit: 'minute', fromMs: 0, toMs: 1e6 * HOUR_MS, unitsOfPoint: 1 } as const
  const points = await running.state.volume.points({ ...minutes, series: [series?.number ?? 0] })
  expect(points.map(({ atMs, count }) => [new Date(atMs).toISOString(), count])).toEqual([
    ['2026-01-02T03:04:00.000Z', 1],
    ['2026-01-02T03:05:00.000Z', 1],
  ])
})
