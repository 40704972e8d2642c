import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Scratch } from '../kill/scratch.ts'
import { LoopImage, whyNotMountable } from './loop-image.ts'

const scratch = new Scratch('image')
const root = scratch.path
afterAll(() => scratch[Symbol.dispose]())
const why = await whyNotMountable()

describe.skipIf(why !== undefined)(`a disk without power${why === undefined ? '' : ` [not run: ${why}]`}`, () => {
  test('keeps what was flushed and nothing of what was not, and leaves no mount behind', async () => {
    {
      await using image = await LoopImage.create(join(root, 'a.img'))
      const flushed = join(image.mountPoint, 'flushed')
      writeFileSync(flushed, 'kept', { flush: true })
      writeFileSync(join(image.mountPoint, 'unflushed'), 'lost')
      await using after = await image.cut(join(root, 'b.img'))
      await after.mount()
      expect(readFileSync(join(after.mountPoint, 'flushed'), 'utf8')).toBe('kept')
      const text = (() => {
        try {
          return readFileSync(join(after.mountPoint, 'unflushed'), 'utf8')
        } catch {
          return ''
        }
      })()
      expect(text).toBe('')
    }
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(root)
    expect(execFileSync('losetup', ['--all'], { encoding: 'utf8' })).not.toContain(root)
  })
})
