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
export { millisecondsOf } from './ast.ts'
export { instantOf } from './date.ts'
export { type Level, parseAudience, parseTrait } from './parse.ts'
export { print } from './print.ts'
export { DefinitionProblem, placeOf } from './problem.ts'
