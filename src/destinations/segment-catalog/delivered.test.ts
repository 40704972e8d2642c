/**
 * Segment's own destinations send with our runner what they send with Segment's framework: the same event goes through
 * `Destination.onEvent` with Segment's HTTP client and through a worker with ours, and one server records both.
 * `redirect.fixture.ts` says how their fixed addresses lead to that server.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CASES, type Compared } from './compared.fixture.ts'
import { isCatalogMissing, notRunWithout, SEGMENT_CATALOG } from './installed.fixture.ts'

const HOSTS = [
  '*.example.com',
  '*.iad-01.braze.com',
  '*.braze.com',
  '*.hubapi.com',
  '*.klaviyo.com',
  '*.mixpanel.com',
  '*.amplitude.com',
  '*.customer.io',
  '*.iterable.com',
  '*.slack.com',
  '*.google-analytics.com',
  '*.intercom.io',
  '*.i.posthog.com',
  '*.loops.so',
  '*.sendgrid.com',
]

/** A certificate of its own for all of them. */
function aCertificate(): string {
  const names = `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(',')}`
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-out', '-']
  return execFileSync('openssl', ['req', '-x509', '-days', '2', '-subj', '/CN=recorder', '-addext', names, ...key], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

describe.skipIf(isCatalogMissing)(`Segment's own destinations${notRunWithout}`, () => {
  let directory: string
  let compared: readonly Compared[] = []

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'grapevine-compare-'))
    const pem = join(directory, 'recorder.pem')
    writeFileSync(pem, aCertificate())
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', here('redirect.fixture.ts'), here('compare.fixture.ts'), SEGMENT_CATALOG],
      { env: { ...process.env, RECORDER_PEM: pem }, maxBuffer: 16 * 1024 ** 2 },
    )
    compared = JSON.parse(stdout)
  }, 60_000)
  afterAll(() => rmSync(directory, { recursive: true }))

  test.each(CASES.map(({ slug, action }, index) => [`${slug} ${action}`, index] as const))('%s', (_, index) => {
    const { problem, segment, ours, outcome } = compared[index] ?? {}
    expect(problem).toBeNull()
    expect(outcome).toMatchObject({ kind: 'answered' })
    expect(segment?.length).toBeGreaterThan(0)
    expect(ours).toEqual(segment)
  })
})
