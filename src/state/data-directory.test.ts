import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { holdDataDirectory } from './data-directory.ts'

function aPath(): string {
  const parent = mkdtempSync(join(tmpdir(), 'grapevine-data-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}

const hold = (path: string) => holdDataDirectory({ path, networkFilesystemAllowed: true })

async function holdInChild(path: string): Promise<{ child: ChildProcess; said: string }> {
  const fixture = fileURLToPath(new URL('./hold.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [fixture, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

test('a new directory and its lock are readable by their owner only', () => {
  const directory = hold(aPath())
  onTestFinished(directory.release)
  expect(statSync(directory.path).mode & 0o777).toBe(0o700)
  expect(statSync(join(directory.path, 'lock.db')).mode & 0o777).toBe(0o600)
})

test('a directory that was open to others is closed to them', () => {
  const path = aPath()
  mkdirSync(path)
  chmodSync(path, 0o755)
  onTestFinished(hold(path).release)
  expect(statSync(path).mode & 0o777).toBe(0o700)
})

test('a second holder in the same process is refused with exit code 22, until the first lets go', () => {
  const path = aPath()
  const first = hold(path)
  expect(() => hold(path)).toThrow(expect.objectContaining({ exitCode: 22 }))
  first.release()
  first.release()
  onTestFinished(hold(path).release)
})

test('a second process is refused with exit code 22; a kill -9 of the first frees the directory', async () => {
  const path = aPath()
  const first = await holdInChild(path)
  expect(first.said).toBe('held')
  expect((await holdInChild(path)).said).toBe('22')
  expect(() => hold(path)).toThrow(expect.objectContaining({ exitCode: 22 }))
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  onTestFinished(hold(path).release)
})

test('the refused attempt of this process does not take the lock away from the other', async () => {
  const path = aPath()
  await holdInChild(path)
  for (let attempt = 0; attempt < 3; attempt += 1) expect(() => hold(path)).toThrow('another process')
  expect((await holdInChild(path)).said).toBe('22')
})

test.skipIf(process.getuid?.() !== 0)('running as root is a warning [not run unless root]', () => {
  const directory = hold(aPath())
  onTestFinished(directory.release)
  expect(directory.warnings).toContain('running_as_root')
})
