import { expect, test } from 'vitest'
import {
  assertPostgresDurable,
  assertSqliteDurable,
  assertSqliteVersion,
  filesystemOf,
  isSqliteVersionSafe,
  networkFilesystem,
} from './gates.ts'

test.each([
  ['3.44.5', false],
  ['3.44.6', true],
  ['3.45.9', false],
  ['3.49.2', false],
  ['3.50.6', false],
  ['3.50.7', true],
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.51.10', true],
  ['3.52.0', true],
  ['3.7.17', false],
  ['4.0.0', true],
  ['2.8.17', false],
  ['', false],
])('SQLite %s may be used: %s', (version, safe) => {
  expect(isSqliteVersionSafe(version)).toBe(safe)
})

test('an unsafe SQLite ends the start with exit code 21', () => {
  expect(() => assertSqliteVersion('3.51.2')).toThrow(expect.objectContaining({ exitCode: 21 }))
  assertSqliteVersion('3.51.3')
})

test.each([
  ['delete', 2],
  ['memory', 2],
  ['wal', 1],
  ['wal', undefined],
])('journal_mode=%s with synchronous=%s ends the start with exit code 20', (journalMode, synchronous) => {
  const found = { journalMode, synchronous }
  expect(() => assertSqliteDurable('state.db', found)).toThrow(expect.objectContaining({ exitCode: 20 }))
})

test('WAL with synchronous=FULL may start', () => {
  assertSqliteDurable('state.db', { journalMode: 'wal', synchronous: 2 })
})

const durable = {
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  synchronousStandbyNames: 'ANY 1 (*)',
  serverEncoding: 'UTF8',
}

test.each([
  [{ fsync: 'off' }, 'fsync=off'],
  [{ fullPageWrites: 'off' }, 'full_page_writes=off'],
  [{ serverEncoding: 'SQL_ASCII' }, 'SQL_ASCII'],
  [{ synchronousCommit: 'off' }, 'synchronous_commit=off'],
  [{ synchronousCommit: 'local' }, 'synchronous_commit=local'],
  [{ synchronousCommit: 'remote_write' }, 'synchronous_commit=remote_write'],
])('PostgreSQL with %o ends the start with exit code 25, whatever is allowed', (wrong, named) => {
  const problem = expect.objectContaining({ exitCode: 25, message: expect.stringContaining(named) })
  expect(() => assertPostgresDurable({ ...durable, ...wrong }, true)).toThrow(problem)
})

test('PostgreSQL without a synchronous standby starts only when that is accepted', () => {
  const alone = { ...durable, synchronousStandbyNames: '' }
  expect(() => assertPostgresDurable(alone, false)).toThrow(expect.objectContaining({ exitCode: 25 }))
  assertPostgresDurable(alone, true)
  assertPostgresDurable(durable, false)
  assertPostgresDurable({ ...durable, synchronousCommit: 'remote_apply' }, false)
})

const MOUNTS = [
  'rootfs / rootfs rw 0 0',
  '/dev/sda1 / ext4 rw,relatime 0 0',
  'server:/export /srv/data nfs4 rw,vers=4.2 0 0',
  '/dev/sdb1 /srv/data/fast xfs rw 0 0',
  '//host/share /mnt/my\\040share cifs rw 0 0',
  'tmpfs /srv/data\\134odd tmpfs rw 0 0',
  '',
].join('\n')

test.each([
  ['/', 'ext4'],
  ['/home/me/data', 'ext4'],
  ['/srv/data', 'nfs4'],
  ['/srv/data/grapevine', 'nfs4'],
  ['/srv/data/fast/grapevine', 'xfs'],
  ['/srv/data2', 'ext4'],
  ['/mnt/my share/grapevine', 'cifs'],
  ['/srv/data\\odd/x', 'tmpfs'],
])('%s is on %s', (path, type) => {
  expect(filesystemOf(MOUNTS, path)).toBe(type)
})

test('without a list of mounts nothing is known of a path', () => {
  expect(filesystemOf('', '/data')).toBeUndefined()
})

test.each([
  [{ type: 'nfs' }, 'nfs'],
  [{ type: 'cifs' }, 'cifs'],
  [{ type: '9p' }, '9p'],
  [{ type: 'ext4' }, undefined],
  [{ type: 'overlay' }, undefined],
  [{ type: 'ext4', magic: 0x6969 }, undefined],
  [{ magic: 0x6969 }, 'nfs'],
  [{ magic: 0xff534d42 }, 'cifs'],
  [{ magic: 0xff534d42 | 0 }, 'cifs'],
  [{ magic: 0xef53 }, undefined],
  [{}, undefined],
])('%o is the network file system %s', (found, network) => {
  expect(networkFilesystem(found)).toBe(network)
})
