export { type Evaluation, evaluateFql, FQL_STEPS_MAX } from './evaluate.ts'
export type { Expression } from './expression.ts'
export { GLOB_CHARS_MAX } from './glob.ts'
export { FQL_BYTES_MAX, FQL_DEPTH_MAX, type FqlResult, parseFql } from './parse.ts'
