import type { Random } from '../ports/index.ts'

/** Names a request in answers, in logs and in what people report: 96 random bits. */
export const newRequestId = (random: Pick<Random, 'bytes'>): string => random.bytes(12).toString('hex')
