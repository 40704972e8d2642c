/** `npm run test:pack`: the package, installed into empty folders on Node 24 and 26, serves and delivers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveAndDeliver } from './installed.ts'
import { buildPackage, installEmpty, nodeOfMajor, nodesIn } from './package.ts'

const MAJORS = [24, 26]

const directory = mkdtempSync(join(tmpdir(), 'grapevine-pack-'))
let failures = 0
try {
  const [tarball, again] = [await buildPackage(join(directory, 'one')), await buildPackage(join(directory, 'two'))]
  report(tarball.sha256 === again.sha256, `two builds give the same bytes: ${tarball.sha256}`)
  const cache = join(directory, 'cache')
  for (const major of MAJORS) {
    const node = await nodeOfMajor(major, join(directory, `node-${major}`), cache)
    if (node === undefined) {
      console.log(`not run  Node ${major}: npm has no package of it for this machine`)
      continue
    }
    // What the next check looks for is found where it is.
    report(nodesIn(join(directory, `node-${major}`)).length > 0, `Node ${major}: was installed apart from the package`)
    const folder = join(directory, `empty-${major}`)
    await installEmpty(folder, [tarball.file], cache)
    const { person, sdkBytes } = await serveAndDeliver(folder, node)
    report(person['email'] === 'packed@example.com', `Node ${major}: serves, and delivers ${JSON.stringify(person)}`)
    report(sdkBytes > 50_000, `Node ${major}: hands out the browser SDK, ${sdkBytes} bytes`)
    report(nodesIn(folder).length === 0, `Node ${major}: no \`node\` in the folder`)
  }
} finally {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
}
process.exitCode = failures === 0 ? 0 : 1

function report(isKept: boolean, what: string): void {
  if (!isKept) failures++
  console.log(`${isKept ? 'ok      ' : 'BROKEN  '} ${what}`)
}
