/** How secrets are shown to people. Pure. */

const BULLET = '•'
const BULLETS = BULLET.repeat(10)
const CHARS_SHOWN = 4
/** A shorter secret is hidden whole: four of its characters would be too large a part of it. */
const SHOWN_FROM_CHARS = 12

/** Ten bullets and the last four characters, as Segment shows secrets; its Terraform provider looks for the bullet. */
export function mask(value: string): string {
  return value.length < SHOWN_FROM_CHARS ? BULLETS : BULLETS + value.slice(-CHARS_SHOWN)
}

/** A masked value that came back. Nobody types a bullet into a key. */
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes(BULLET)

/** A copy in which every value under a secret name is masked, whatever its type. Empty and absent ones stay. */
export function maskSettings(
  settings: Readonly<Record<string, unknown>>,
  secretNames: readonly string[],
): Record<string, unknown> {
  const masked: Record<string, unknown> = Object.assign(Object.create(null), settings)
  for (const name of secretNames) {
    const value = masked[name]
    if (value === undefined || value === null || value === '') continue
    masked[name] = mask(typeof value === 'string' ? value : '')
  }
  return masked
}
