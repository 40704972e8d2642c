export { decodePerson, type Person } from './document.ts'
export { compileRules, DEFAULT_RULES, idKey, keysToLoad, readEvent } from './identity/index.ts'
export { type OutputTarget, outputsOf } from './outputs.ts'
export { type PeopleChanges, PeopleStep, type StepRecord, type StoredPerson, type Told } from './people-step.ts'
