/** With what a person can send to a source. */
export const WAYS = [
  { slug: 'javascript', label: 'JavaScript, a page' },
  { slug: 'npm', label: 'JavaScript, npm' },
  { slug: 'node', label: 'Node.js' },
  { slug: 'http', label: 'HTTP, curl' },
  { slug: 'pixel', label: 'Pixel' },
  { slug: 'python', label: 'Python' },
  { slug: 'go', label: 'Go' },
  { slug: 'ruby', label: 'Ruby' },
  { slug: 'kotlin', label: 'Kotlin' },
  { slug: 'swift', label: 'Swift' },
] as const

export type Way = (typeof WAYS)[number]['slug']

/** @param kind slug of a kind of source: what has no text of its own is sent to over HTTP */
export const wayOf = (kind: string): Way => WAYS.find(({ slug }) => slug === kind)?.slug ?? 'http'
