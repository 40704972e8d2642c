import { expect, test } from 'vitest'
import { doneText, namedText } from './audit-words.ts'

test.each([
  ['Integration Modified', 'Destination Modified'],
  ['Integration Disabled', 'Destination Disabled'],
  ['Regulation Requested', 'Deletion of People Asked For'],
  ['User Group Created', 'Group Created'],
  ['User Group Policy Updated', 'Rights of Group Changed'],
  ['User Policy Updated', 'Rights of User Changed'],
  ['User Signed In', 'User Signed In'],
  ['Invite Deleted', 'Invitation Taken Back'],
  ['Token Revoked', 'Token Revoked'],
  ['Something Of A Newer Version', 'Something Of A Newer Version'],
])('%s is told as %s', (type, words) => {
  expect(doneText(type)).toBe(words)
})

test('a code in place of a name is told in words, a name as it is', () => {
  expect([
    namedText('REGULATION', 'DELETE_ONLY'),
    namedText('REPLAY', 'dead'),
    namedText('SOURCE', 'dead'),
    namedText('REPLAY', 'toString'),
  ]).toEqual(['here and at destinations', 'of dead letters', 'dead', 'toString'])
})
