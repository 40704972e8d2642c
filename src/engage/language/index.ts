export type {
  Condition,
  Definition,
  Duration,
  Events,
  Field,
  Reducer,
  Reduction,
  Scalar,
  Value,
  Window,
} from './ast.ts'
export {
  COMPARISONS,
  DATE_TESTS,
  millisecondsOf,
  PRESENCE_TESTS,
  RELATIVE_TESTS,
  UNITS,
  WORD_TESTS,
} from './ast.ts'
export { instantOf } from './date.ts'
export { type Level, parseAudience, parseTrait } from './parse.ts'
export { print } from './print.ts'
export { DefinitionProblem, placeOf } from './problem.ts'
export type { SimpleCondition } from './types.ts'
