/** What the server asks of a new password. */
export const PASSWORD_CHARS_MIN = 12
