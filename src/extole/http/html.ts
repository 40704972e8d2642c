/** Pages of the sandbox: plain HTML made on the server, everything escaped, nothing loaded from anywhere. */
import { hash } from 'node:crypto'
import type { Answer } from './route.ts'

/** HTML that was made by `html` and needs no further escaping. */
export interface Html {
  readonly markup: string
}

/** Fills a template, escaping every value that is not HTML itself. */
export function html(
  texts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const filled = values.map((value) => {
    if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
    return 'markup' in value ? value.markup : value.map((one) => one.markup).join('')
  })
  return { markup: texts.map((text, index) => text + (filled[index] ?? '')).join('') }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:0 1rem 3rem;color:#1b1f24;background:#fff}
.banner{background:#5b2a86;color:#fff;padding:.6rem 1rem;margin:0 -1rem 1.5rem}
label{display:block;margin:.8rem 0 .2rem}input[type=text]{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}
button{font:inherit;margin-top:1rem;padding:.4rem 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #d0d7de}
code{font:15px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}.key{background:#f3eef8;padding:.8rem;display:block}`

/** Copies the key that was just made. Without script the key can still be selected. */
const SCRIPT = `const copy=document.getElementById('copy');if(copy)copy.addEventListener('click',async()=>{
await navigator.clipboard.writeText(document.getElementById('key').textContent);copy.textContent='Copied'})`

const digest = (text: string) => `'sha256-${hash('sha256', text, 'base64')}'`

const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src ${digest(STYLE)}; script-src ${digest(SCRIPT)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  // With no-referrer a browser says `Origin: null` of the page's own form, which then looks like another site's.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** A whole page with the banner that says what this server is. */
export function pageAnswer(title: string, body: Html, status = 200): Answer {
  const { markup } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${{ markup: STYLE }}</style></head>
<body><p class="banner" role="note">This is Grapevine's local Extole sandbox. It is not Extole, and nothing here reaches Extole.</p>
<main><h1>${title}</h1>
${body}
</main><script>${{ markup: SCRIPT }}</script></body></html>
`
  return { status, body: markup, contentType: 'text/html; charset=utf-8', headers: HEADERS }
}
