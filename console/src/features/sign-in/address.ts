/** What the server asks of a new password. */
export const PASSWORD_CHARS_MIN = 12

/** The secret of an invitation or a reset in the address, `#token=`; empty when there is none. */
export function tokenOfAddress(): string {
  return new URLSearchParams(window.location.hash.slice(1)).get('token') ?? ''
}
