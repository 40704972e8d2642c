/** What to paste, for each way of sending, with host and write key filled in. */
import { browserSnippet } from '../../../../src/tracking/snippet.ts'
import type { Way } from './ways.ts'

export interface Snippet {
  /** Where it goes. */
  readonly where: string
  /** What is installed before. */
  readonly install?: string
  readonly text: string
  /** What a person has to know beside it. */
  readonly note?: string
}

/**
 * @param base of this server as senders reach it, without a slash at the end
 */
export function snippetFor(way: Way, base: string, writeKey: string): Snippet {
  const q = (text: string) => JSON.stringify(text)
  const single = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const bare = base.replace(/^https?:\/\//, '')
  const httpsOnly = base.startsWith('https://')
    ? undefined
    : 'This SDK speaks https only: put a TLS proxy before this server, and write its address above.'
  switch (way) {
    case 'javascript':
      return {
        where: 'Paste it into the <head> of every page. It loads the SDK from this server and reports the page.',
        text: browserSnippet(base, writeKey).trimEnd(),
      }
    case 'npm':
      return {
        where: 'In the code of your page, once.',
        install: 'npm install @segment/analytics-next',
        text: `import { AnalyticsBrowser } from '@segment/analytics-next'

export const analytics = AnalyticsBrowser.load({
  writeKey: ${single(writeKey)},
  cdnURL: ${single(base)},
})
analytics.page()`,
      }
    case 'node':
      return {
        where: 'In your server, once.',
        install: 'npm install @segment/analytics-node',
        text: `import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({
  writeKey: ${single(writeKey)},
  host: ${single(base)},
})

analytics.track({ userId: 'user-1', event: 'Signed Up', properties: { plan: 'gold' } })
// Before the process ends:
await analytics.closeAndFlush()`,
      }
    case 'http':
      return {
        where:
          'In a shell. Other languages send the same: POST with JSON, the write key as user of Basic authorization.',
        text: `curl ${base}/v1/track \\
  --user ${single(`${writeKey}:`)} \\
  --header 'Content-Type: application/json' \\
  --data '{"userId": "user-1", "event": "Signed Up", "properties": {"plan": "gold"}}'`,
      }
    case 'pixel':
      return {
        where: 'In an e-mail or a page without scripts. `data` is the event with the write key, as Base64 of its JSON.',
        text: `<img alt="" width="1" height="1" src="${base}/v1/pixel/track?data=${base64({
          writeKey,
          userId: 'user-1',
          event: 'Email Opened',
        })}">`,
      }
    case 'python':
      return {
        where: 'In your server, once.',
        install: 'pip install segment-analytics-python',
        text: `import segment.analytics as analytics

analytics.write_key = ${single(writeKey)}
analytics.host = ${single(base)}

analytics.track('user-1', 'Signed Up', {'plan': 'gold'})
# Before the process ends:
analytics.flush()`,
      }
    case 'go':
      return {
        where: 'In your server, once.',
        install: 'go get github.com/segmentio/analytics-go/v3',
        text: `client, err := analytics.NewWithConfig(${q(writeKey)}, analytics.Config{
	Endpoint: ${q(base)},
})
if err != nil {
	log.Fatal(err)
}
defer client.Close()

client.Enqueue(analytics.Track{
	UserId:     "user-1",
	Event:      "Signed Up",
	Properties: analytics.NewProperties().Set("plan", "gold"),
})`,
      }
    case 'ruby':
      return {
        where: 'In your server, once.',
        install: 'gem install analytics-ruby',
        text: `require 'segment/analytics'

analytics = Segment::Analytics.new(
  write_key: ${single(writeKey)},
  host: ${single(URL.parse(base)?.hostname ?? '')},
  port: ${portOf(base)},
  ssl: ${base.startsWith('https://')},
)

analytics.track(user_id: 'user-1', event: 'Signed Up', properties: { plan: 'gold' })
# Before the process ends:
analytics.flush`,
      }
    case 'kotlin':
      return {
        where: 'In your app, once.',
        install: 'implementation("com.segment.analytics.kotlin:android:+")',
        text: `val analytics = Analytics(${q(writeKey)}, applicationContext) {
    apiHost = ${q(`${bare}/v1`)}
    cdnHost = ${q(`${bare}/v1`)}
}

analytics.track("Signed Up", buildJsonObject { put("plan", "gold") })`,
        note: httpsOnly,
      }
    case 'swift':
      return {
        where: 'In your app, once.',
        install: 'https://github.com/segmentio/analytics-swift.git',
        text: `let configuration = Configuration(writeKey: ${q(writeKey)})
    .apiHost(${q(`${bare}/v1`)})
    .cdnHost(${q(`${bare}/v1`)})
let analytics = Analytics(configuration: configuration)

analytics.track(name: "Signed Up", properties: ["plan": "gold"])`,
        note: httpsOnly,
      }
  }
}

/** Of text that is plain ASCII, safe in an address. */
const base64 = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

function portOf(base: string): number {
  const url = URL.parse(base)
  if (url !== null && url.port !== '') return Number(url.port)
  return base.startsWith('https://') ? 443 : 80
}
