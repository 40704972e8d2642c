/** A space with its definitions made ready, as far as the run that follows from their last change has come. Pure. */
import { type Plans, plansOf } from '../engage/index.ts'
import type { CompiledRules, Kept, OutputTarget } from '../unify/index.ts'
import type { SpaceConfig } from '../workspace/index.ts'
import { typesAskedFor } from './eligibility.ts'
import type { PeopleRun } from './people-run.ts'
import { compiledRulesOf } from './space-rules.ts'
import { digestOf, targetsOf } from './space-runs.ts'

export interface ReadySpace extends SpaceConfig {
  /** Digest of its definitions. */
  readonly digest: string
  readonly identity: CompiledRules
  readonly plans: Plans
  readonly kept: Kept
  readonly targets: ReadonlyMap<number, readonly OutputTarget[]>
  /** Types of external ids of which an audience asks one; undefined where anybody may be in. */
  readonly asked: ReadonlyMap<number, ReadonlySet<string> | undefined>
}

/** @param run undefined where there were no definitions */
export function readySpace(space: SpaceConfig, run: PeopleRun | undefined): ReadySpace {
  const targets = space.computations.map((each) => [each.number, targetsOf(space.id, each)] as const)
  const plans = plansOf(space.computations, new Set(run?.filling), new Set(run?.gathering))
  const ofPeople = space.computations.filter(({ level }) => level !== 'accounts')
  return {
    ...space,
    digest: digestOf(space),
    identity: compiledRulesOf(space),
    plans,
    kept: { reading: run?.reading ?? 0, since: new Map(Object.entries(run?.since ?? {})) },
    targets: new Map(targets),
    asked: new Map([...ofPeople, ...plans.questions.values()].map((each) => [each.number, typesAskedFor(each)])),
  }
}

/** Whether everybody is worked out by the space's definitions. */
export function isWorkedOut({ digest, computations }: ReadySpace, run: PeopleRun | undefined): boolean {
  return run === undefined ? computations.length === 0 : run.phase === 'done' && run.digest === digest
}
