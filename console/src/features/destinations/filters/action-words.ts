/** What a filter does, in words. Pure. */
import type { FilterBody } from '../api/filters.ts'

export const ACTION_LABELS = [
  { value: 'DROP', label: 'Drop the event' },
  { value: 'SAMPLE', label: 'Let a share pass' },
  { value: 'DROP_PROPERTIES', label: 'Take properties away' },
  { value: 'ALLOW_PROPERTIES', label: 'Leave only these properties' },
] as const

export function actionWords({ type, percent = 0, path, fields = {} }: FilterBody['actions'][number]): string {
  const names = Object.entries(fields).flatMap(([parent, keys]) =>
    keys.map((key) => (parent === '' ? key : `${parent}.${key}`)),
  )
  switch (type) {
    case 'DROP':
      return 'Drops the event'
    case 'SAMPLE':
      return `Lets ${Math.round(percent * 10_000) / 100}% pass${path === undefined ? '' : `, by ${path}`}`
    case 'DROP_PROPERTIES':
      return `Takes away ${names.join(', ')}`
    case 'ALLOW_PROPERTIES':
      return `Leaves only ${names.join(', ')}`
  }
}
