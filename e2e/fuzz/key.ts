/** The one write key that the server under fire knows. */
export const FUZZ_WRITE_KEY = 'wk_fuzz_0123456789abcdef01234567'
