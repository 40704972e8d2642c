/** The rules by which a space tells whose an event is, made ready once for all who ask. */
import { type CompiledRules, compileRules } from '../unify/index.ts'
import { DEFAULT_RULES, type SpaceConfig } from '../workspace/index.ts'

/** Rules that are kept ready: those of all spaces, as a rule. */
const READY_MAX = 100

const ready = new Map<string, CompiledRules>()

export function compiledRulesOf({
  rules = DEFAULT_RULES,
  filters = [],
}: Pick<SpaceConfig, 'rules' | 'filters'>): CompiledRules {
  const conditions = filters.flatMap((filter) => (filter.enabled ? [filter.if] : []))
  const key = JSON.stringify([rules, conditions])
  let compiled = ready.get(key)
  if (compiled === undefined) {
    if (ready.size >= READY_MAX) ready.clear()
    compiled = compileRules(rules, conditions)
    ready.set(key, compiled)
  }
  return compiled
}
