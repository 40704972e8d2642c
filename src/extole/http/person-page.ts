/** `/sandbox/person`: what the sandbox knows of one person, to be looked at after a test event. */
import type { Context } from '../context.ts'
import { normalizeEmail } from '../identity.ts'
import { PARTNER_KEYS } from '../program.ts'
import { formatTime } from '../time.ts'
import { html, pageAnswer } from './html.ts'
import type { Answer, Call, Route } from './route.ts'

/** Steps shown, the newest. */
const STEPS_SHOWN = 50

export function personPageRoutes(context: Context): Route[] {
  return [
    {
      auth: 'none',
      isControl: true,
      method: 'GET',
      path: '/sandbox/person',
      handle: (call) => personPage(context, call),
    },
  ]
}

function personPage(context: Context, { query }: Call): Answer {
  const [given] = [...query].filter(([name]) => name === 'email' || PARTNER_KEYS.includes(name))
  if (given === undefined) {
    const body = html`<p>Say whom: <code>/sandbox/person?partner_user_id=</code> or <code>?email=</code></p>`
    return pageAnswer('Person', body, 400)
  }
  const [name, value] = given
  const [known] = context.persons.withKey(name, name === 'email' ? (normalizeEmail(value) ?? value) : value)
  const person = known === undefined ? undefined : context.persons.find(known.id)
  if (person === undefined) {
    const body = html`<p>Nobody has the ${name} <code>${value}</code>. Events are worked through a moment after they are taken:
load the page anew.</p>`
    return pageAnswer('Person', body, 404)
  }
  const steps = context.db.all(
    'SELECT name, event_ms FROM step WHERE person_id = ? ORDER BY event_ms DESC, id DESC LIMIT ?',
    person.id,
    STEPS_SHOWN,
  )
  const data = [...person.data.values()].map(
    (each) => html`<tr><td>${each.name}</td><td><code>${each.json}</code></td><td>${each.scope}</td></tr>`,
  )
  const rows = steps.map(
    (row) => html`<tr><td>${String(row.name)}</td><td>${formatTime(Number(row.event_ms))}</td></tr>`,
  )
  return pageAnswer(
    `Person ${person.email ?? value}`,
    html`<p>Person id <code>${person.id}</code>, known since ${formatTime(person.createdMs)}</p>
<h2>Parameters</h2><table><thead><tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Scope</th></tr></thead><tbody>${data}</tbody></table>
<h2>Steps</h2><table><thead><tr><th scope="col">Name</th><th scope="col">When</th></tr></thead><tbody>${rows}</tbody></table>`,
  )
}
