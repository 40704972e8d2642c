import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cursorFor, pageOf, pairCursor, pairOf } from './pages.ts'

const from = (next: string) => (item: number) => next === '' || item >= Number(next)

test('page after page gives what one long page gives, whatever the limit', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(99)), fc.integer({ min: 1, max: 12 }), (items, limit) => {
      const all = items.toSorted((a, b) => a - b)
      const read: number[] = []
      let next = ''
      do {
        const page = pageOf(all, { limit, isStart: from(next), cursorOf: String })
        expect(page.items.length).toBeLessThanOrEqual(limit)
        read.push(...page.items)
        next = page.next
      } while (next !== '')
      expect(read).toEqual(all)
    }),
  )
})

test('what stays is read once, though others come and go between two pages', () => {
  const anyList = fc.array(fc.nat(60))
  fc.assert(
    fc.property(anyList, fc.array(anyList, { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (stay, others, limit) => {
      const read: number[] = []
      let next = ''
      for (let turn = 0; turn === 0 || next !== ''; turn += 1) {
        const now = [...new Set([...stay, ...(others[turn % others.length] ?? [])])].toSorted((a, b) => a - b)
        const page = pageOf(now, { limit, isStart: from(next), cursorOf: String })
        read.push(...page.items)
        next = page.next
      }
      expect(new Set(read).size).toBe(read.length)
      expect([...new Set(stay)].filter((item) => !read.includes(item))).toEqual([])
    }),
  )
})

test('the url of a page with more behind it keeps what was asked and leads on', () => {
  const page = { items: [], next: 'a b&c' }
  expect(cursorFor('/x/y%2Fz?next=old&class=audience', page, 7)).toEqual({
    url: '/x/y%2Fz?class=audience&next=a+b%26c',
    has_more: true,
    next: 'a b&c',
    limit: 7,
  })
  expect(cursorFor('/x', { items: [], next: '' }, 7)).toEqual({ url: '/x', has_more: false, next: '', limit: 7 })
})

test('a pair is read back from its cursor, and nothing else is a pair', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), fc.nat(), (first, second) => {
      expect(pairOf(pairCursor(first, second))).toEqual([first, second])
    }),
  )
  for (const text of ['', '1', '1.', '.1', '1.2.3', '1.-2', 'a.b', '12345678901234567.1'])
    expect(pairOf(text)).toBeUndefined()
})
