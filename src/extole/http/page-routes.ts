/** The page at `/` and the Tech Center, where one makes an API key as in Extole's own. */
import type { Context } from '../context.ts'
import { formatTime } from '../time.ts'
import { MANAGED_TOKEN_SECONDS, TOKEN_SCOPES, type TokenScope, type Tokens } from '../tokens.ts'
import { type Html, html, pageAnswer } from './html.ts'
import type { Answer, Call, Route } from './route.ts'

/** Characters of a key's name. */
export const KEY_NAME_MAX = 100
/** What a connector needs: events, and with the second also deletes and bulk files. */
const OFFERED: readonly TokenScope[] = ['USER_SUPPORT', 'CLIENT_ADMIN']

export function pageRoutes(context: Context, tokens: Tokens): Route[] {
  const page = { auth: 'none', isControl: true } as const
  return [
    { ...page, method: 'GET', path: '/', handle: () => home(context) },
    { ...page, method: 'GET', path: '/tech-center', handle: () => techCenter(context) },
    { ...page, method: 'POST', path: '/tech-center', handle: (call) => makeKey(context, tokens, call) },
  ]
}

function home({ clientId }: Context): Answer {
  return pageAnswer(
    'Extole sandbox',
    html`<p>A stand-in for the Extole platform, for trying things out and for tests. It speaks the parts of Extole's API that a
customer data pipeline meets: tokens, events, persons and their data, erasures, audiences, files and batches. Rewards,
messages and share pages are not part of it. Where Extole's documentation is silent it takes one reading; the switches at
<code>/sandbox/settings</code> choose another.</p>
<p>Client <code>${clientId}</code>. Data stays in one local file.</p>
<ul><li><a href="/tech-center">Tech Center</a>: make an API key</li>
<li><a href="/sandbox/stats">Counts</a> of what has arrived</li>
<li><a href="/sandbox/requests?limit=50">The last requests</a></li>
<li><a href="/sandbox/faults">Faults</a> switched on for tests</li></ul>`,
  )
}

function techCenter(context: Context, notice: Html = html``, status = 200): Answer {
  const rows = context.db.all(
    `SELECT name, scopes, created_ms FROM token WHERE type = 'MANAGED' AND name IS NOT NULL AND expires_ms > ? ORDER BY created_ms DESC LIMIT 100`,
    context.clock.nowMs(),
  )
  const keys = rows.map(
    (row) =>
      html`<tr><td>${String(row.name)}</td><td>${(JSON.parse(String(row.scopes)) as string[]).join(', ')}</td><td>${formatTime(Number(row.created_ms))}</td></tr>`,
  )
  const choices = OFFERED.map(
    (scope) => html`<label><input type="checkbox" name="scope" value="${scope}" checked> <code>${scope}</code></label>`,
  )
  return pageAnswer(
    'Tech Center',
    html`${notice}<h2>New API key</h2>
<form method="post" action="/tech-center"><label for="name">Name</label>
<input type="text" id="name" name="name" maxlength="${KEY_NAME_MAX}" required>
<fieldset><legend>Scopes</legend>${choices}</fieldset><button type="submit">Make the key</button></form>
<h2>Keys</h2><table><thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Made</th></tr></thead><tbody>${keys}</tbody></table>`,
    status,
  )
}

function makeKey(context: Context, tokens: Tokens, call: Call): Answer {
  const refuse = (why: string, status: number) => techCenter(context, html`<p role="alert">${why}</p>`, status)
  // Another site's page must not make keys here, even though it could not read them.
  const { origin, host } = call.headers
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
    return refuse('This form was sent from another site.', 403)
  const type = call.headers['content-type']?.split(';')[0]?.trim()
  if (type !== 'application/x-www-form-urlencoded') return refuse('A form is expected.', 415)
  const form = new URLSearchParams(call.body.toString('utf8'))
  const name = form.get('name')?.trim() ?? ''
  const asked = form.getAll('scope')
  const scopes = TOKEN_SCOPES.filter((scope) => OFFERED.includes(scope) && asked.includes(scope))
  if (name === '' || name.length > KEY_NAME_MAX)
    return refuse(`A name of 1 to ${KEY_NAME_MAX} characters is needed.`, 400)
  if (scopes.length === 0) return refuse('Choose at least one scope.', 400)
  const token = tokens.make({ scopes, type: 'MANAGED', seconds: MANAGED_TOKEN_SECONDS, name })
  return techCenter(
    context,
    html`<h2>Your new key</h2><p>It is shown once. Keep it.</p><code class="key" id="key">${token.value}</code>
<button type="button" id="copy">Copy</button>`,
  )
}
