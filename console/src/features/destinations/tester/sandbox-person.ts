/** Where a person can be looked at after a test event: the sandbox has a page for each. Pure. */
import type { TriedMapping } from '../api/tests.ts'

/** @returns undefined unless the sandbox answered, and it is known of whom */
export function sandboxPersonUrl({ request, answer }: Pick<TriedMapping, 'request' | 'answer'>): string | undefined {
  const { headers } = Object(answer) as { headers?: Readonly<Record<string, string>> }
  if (request === null || headers?.['x-extole-sandbox'] !== 'grapevine' || !URL.canParse(request.url)) return undefined
  const { origin, protocol } = new URL(request.url)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  const data = Object(Object(jsonOf(request.body))['data']) as Readonly<Record<string, unknown>>
  for (const key of ['partner_user_id', 'email']) {
    const value = data[key]
    if (typeof value === 'string' && value !== '')
      return `${origin}/sandbox/person?${new URLSearchParams({ [key]: value })}`
  }
  return undefined
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
