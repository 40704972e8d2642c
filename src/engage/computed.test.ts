import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ComputedValues, type Row } from './computed.ts'

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
const row: fc.Arbitrary<Row> = fc.record({
  computed: fc.option(
    fc.record({
      value: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.constant(null)),
      changes: fc.integer({ min: 1 }),
      sinceMs: fc.nat(),
    }),
    { nil: undefined },
  ),
  dueMs: fc.option(fc.nat(9), { nil: undefined }),
})
const number = fc.integer({ min: 1, max: 20 })
const changes = fc.array(fc.tuple(number, row), { maxLength: 5 })

test('values and dues are those written last, before and after they were stored', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(changes, fc.boolean(), fc.array(number)), { maxLength: 5 }), (turns) => {
      const model = new Map<number, Row>()
      let values = ComputedValues.NONE
      for (const [changed, isStored, asked] of turns) {
        values = values.with(new Map(changed))
        for (const [at, each] of changed) model.set(at, each)
        if (isStored) values = ComputedValues.decode(values.encode())
        for (const at of asked) {
          expect(values.get(at)).toEqual(model.get(at)?.computed)
          expect(values.row(at)?.dueMs).toEqual(model.get(at)?.dueMs)
        }
        const dues = [...model].flatMap(([at, { dueMs }]) => (dueMs === undefined ? [] : [{ at, dueMs }]))
        expect(values.dueMs).toBe(dues.length === 0 ? null : Math.min(...dues.map(({ dueMs }) => dueMs)))
        expect(new Set(values.dueBy(5))).toEqual(new Set(dues.flatMap(({ at, dueMs }) => (dueMs <= 5 ? [at] : []))))
      }
      const known = [...model].flatMap(([at, { computed }]) =>
        computed === undefined ? [] : [[at, computed] as const],
      )
      expect(new Map(values)).toEqual(new Map(known))
    }),
  )
})

test('what nobody asked for is written as it was read, though its neighbours change', () => {
  const lines = ['=0 5 [ 2, 1,true,1,0,3 ]', '=1  [ 2,9,"a b",1,0,null ]']
  const row: Row = { computed: { value: 'x y', changes: 2, sinceMs: 3 }, dueMs: undefined }
  expect(
    ComputedValues.decode(lines)
      .with(new Map([[10, row]]))
      .encode(),
  ).toEqual([lines[0], '=1  [2,9,"a b",1,0,null,10,"x y",2,1,null]'])
})
