/**
 * Segment's destinations that bring their own clients stay behind the egress guard: its webhook over HTTP, Kinesis over
 * HTTP/2 with the AWS SDK, SFTP over SSH.
 */
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { Catalog } from '../catalog.ts'
import { defaultMappingOf, type Settings } from '../definition.ts'
import type { Outcome } from '../outcome.ts'
import { createWorkerRunner } from '../workers/pool.ts'
import { segmentShelf } from './files.ts'
import { isCatalogMissing, notRunWithout, SEGMENT_CATALOG } from './installed.fixture.ts'

const BLOCKED: Outcome = { kind: 'blocked', reason: 'blocked_address' }

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function outcomeOf(
  slug: string,
  run: { action: string; settings: Settings; mapping: Settings; event?: object },
  egressAllow: readonly string[],
): Promise<Outcome> {
  const shelf = segmentShelf(SEGMENT_CATALOG)
  const entry = new Catalog(shelf === null ? [] : [shelf]).find(slug)
  if (entry === undefined) throw new Error(`${slug} is not in the catalog`)
  const runner = createWorkerRunner({ clock: systemClock, egressAllow })
  try {
    const mapping = { ...defaultMappingOf(entry.shape, run.action), ...run.mapping }
    const event = { type: 'track', event: 'Sold', messageId: 'm1', userId: 'u1', properties: {} }
    return (await runner.run(entry, { event, ...run, mapping })).outcome
  } finally {
    await runner.close()
  }
}

describe.skipIf(isCatalogMissing)(`behind the egress guard${notRunWithout}`, () => {
  test("Segment's webhook is blocked from a private address, and reaches it once it is allowed", async () => {
    let requests = 0
    const port = await listening(
      createServer((_, response) => {
        requests += 1
        response.end()
      }),
    )
    const run = { action: 'send', settings: {}, mapping: { url: `http://localhost:${port}/` } }
    expect(await outcomeOf('actions-webhook', run, [])).toEqual(BLOCKED)
    expect(requests).toBe(0)
    expect(await outcomeOf('actions-webhook', run, [`localhost:${port}`])).toMatchObject({ status: 200 })
    expect(requests).toBe(1)
  })

  test('Kinesis is blocked while the addresses that the AWS SDK dials are not allowed, and gets the record once they are', async () => {
    const records: unknown[] = []
    const credentials = '<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken>'
    const sts = await listening(
      createServer((_, response) =>
        response.end(
          `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        ),
      ),
    )
    const kinesis = await listening(
      createHttp2Server((request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          records.push(JSON.parse(body))
          response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
          response.end(JSON.stringify({ FailedRecordCount: 0, Records: [{ SequenceNumber: '1', ShardId: 's' }] }))
        })
      }),
    )
    const aws = {
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${sts}`,
      AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${kinesis}`,
    }
    Object.assign(process.env, aws)
    onTestFinished(() => {
      for (const name of Object.keys(aws)) delete process.env[name]
    })
    const run = {
      action: 'send',
      settings: { iamRoleArn: 'arn:aws:iam::123456789012:role/r', iamExternalId: 'external' },
      mapping: { streamName: 'stream', awsRegion: 'us-west-2' },
    }
    expect(await outcomeOf('actions-aws-kinesis', run, [])).toEqual(BLOCKED)
    expect(await outcomeOf('actions-aws-kinesis', run, [`127.0.0.1:${sts}`])).toEqual(BLOCKED)
    expect(records).toEqual([])
    const allowed = [`127.0.0.1:${sts}`, `127.0.0.1:${kinesis}`]
    expect(await outcomeOf('actions-aws-kinesis', run, allowed)).toMatchObject({ kind: 'answered', status: 204 })
    expect(records).toMatchObject([{ StreamName: 'stream', Records: [{ PartitionKey: 'm1' }] }])
  })

  test('SFTP is blocked from a private address; once it is allowed, the server is dialled', async () => {
    let greeted = ''
    const port = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', (chunk) => {
          greeted += chunk
          socket.destroy()
        })
        socket.write('SSH-2.0-recorder\r\n')
      }),
    )
    const run = {
      action: 'syncEvents',
      settings: {
        auth_type: 'password',
        sftp_host: 'localhost',
        sftp_port: port,
        sftp_username: 'u',
        sftp_password: 'p',
      },
      mapping: { filename_prefix: 'events_' },
    }
    expect(await outcomeOf('actions-sftp', run, [])).toEqual(BLOCKED)
    expect(greeted).toBe('')
    const { kind } = await outcomeOf('actions-sftp', run, [`localhost:${port}`])
    expect(greeted).toContain('SSH-2.0-')
    // The server hung up in the middle: it may be tried again, and is neither delivered nor dead.
    expect(['ambiguous', 'answered']).toContain(kind)
  })
})
