/**
 * Loaded into a command before anything else: the kernel ends it with SIGKILL right before the nth change of a name or
 * folder (KILL_AT, from 1). Without KILL_AT each of them is noted in the file CHANGES, a line each.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { KILL_AT, CHANGES } = process.env
let changes = 0

function change(what: string): void {
  changes += 1
  if (KILL_AT !== undefined && Number(KILL_AT) === changes) process.kill(process.pid, 'SIGKILL')
  if (CHANGES !== undefined) fs.appendFileSync(CHANGES, `${what}\n`)
}

const { renameSync, rmSync, mkdirSync } = fs
fs.renameSync = (from, to) => {
  change(`rename ${String(from)}`)
  renameSync(from, to)
}
fs.rmSync = (path, options) => {
  change(`rm ${String(path)}`)
  rmSync(path, options)
}
fs.mkdirSync = ((path: fs.PathLike, options?: fs.MakeDirectoryOptions) => {
  change(`mkdir ${String(path)}`)
  return mkdirSync(path, options)
}) as typeof mkdirSync
syncBuiltinESMExports()
