import { expect, test } from 'vitest'
import { draftOf, isChanged, keptDraft, shown } from './group-draft.ts'

const saved = (name: string, ...roleIds: string[]) =>
  draftOf({ name, permissions: roleIds.map((roleId) => ({ roleId })) })

test('a group is changed by another name, role or right to see contents, and by nothing else', () => {
  const seen = saved('Support', 'viewer')
  expect(isChanged(seen, saved('Support', 'viewer'))).toBe(false)
  for (const other of [saved('Help', 'viewer'), saved('Support', 'editor'), saved('Support', 'viewer', 'pii')])
    expect(isChanged(seen, other)).toBe(true)
})

test('the name of one and the role of another are both kept', () => {
  const both = keptDraft(saved('Support'), saved('Support', 'editor'), saved('Help'))
  expect([...shown(both)]).toEqual([
    ['Name', 'Help'],
    ['Role', 'editor'],
    ['May see contents', 'No'],
  ])
})
