export { ACCOUNT_USERS_MAX, withAnswer } from './answers.ts'
export { type ComputedValue, ComputedValues } from './computed.ts'
export { decodeState, encodeState } from './encoding.ts'
export {
  applyAnswers,
  applyEvent,
  applyPast,
  applyTraits,
  type Change,
  dueAtMs,
  type EngageEvent,
  type EngageState,
  evaluateAll,
  mergeInto,
  NOTHING_KNOWN,
  type ProfileView,
  runTimers,
  settle,
  type Turned,
  withoutLeaves,
} from './engine.ts'
export { KEY_CHARS_MAX, KEY_PATTERN, keyOf } from './key.ts'
export {
  type Definition,
  DefinitionProblem,
  type Level,
  parseAudience,
  parseTrait,
  placeOf,
  print,
} from './language/index.ts'
export { type LevelComputation, type Plans, plansOf, questionKey } from './levels.ts'
export { type Computation, type Plan, planOf, QUESTIONS_FROM } from './plan.ts'
export { traitsReadBy } from './references.ts'
