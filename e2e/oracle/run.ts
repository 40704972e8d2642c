/** Both parts of the program, without what it prints. Memory is bounded by one part of each run. */
import fc from 'fast-check'
import { computations, followHistory, history, Population, turn } from '../../src/engage/histories.fixture.ts'
import * as engine from '../../src/engage/index.ts'

/** Histories between two reports of progress. */
const HISTORIES_STEP = 1_000
/** People who live at one time under one plan, and what happens to them all. */
const PEOPLE = 100
const TURNS_OF_PLAN = 1_300
/** Of the merges one in so many is made: otherwise all would soon be one person. */
const MERGE_EVERY = 10

/** @throws AssertionError or fast-check's report with the history that differs */
export function histories(runs: number, seed: number, onProgress: (done: number) => void): void {
  for (let done = 0; done < runs; done += HISTORIES_STEP) {
    const numRuns = Math.min(HISTORIES_STEP, runs - done)
    const property = fc.property(history, (each) => followHistory(engine, each))
    fc.assert(property, { numRuns, seed: seed + done })
    onProgress(done + numRuns)
  }
}

/** Counts events only, not traits and merges. @throws AssertionError where the engine and the oracle differ */
export function longRun(
  events: number,
  seed: number,
  onProgress: (done: number) => void,
): { readonly people: number; readonly changes: number } {
  let [done, changes, people] = [0, 0, 0]
  for (let part = 0; done < events; part += 1) {
    const [all = []] = fc.sample(computations(4), { numRuns: 1, seed: seed + part })
    const population = new Population(engine, all, PEOPLE)
    people += PEOPLE
    const turns = fc.sample(turn, { numRuns: TURNS_OF_PLAN, seed: seed + part })
    for (const [index, each] of turns.entries()) {
      if (done === events) break
      if (each[2].kind === 'merge' && index % MERGE_EVERY !== 0) continue
      population.take(each)
      if (each[2].kind === 'event') done += 1
    }
    changes += population.end()
    if (part % 20 === 0 || done === events) onProgress(done)
  }
  return { people, changes }
}
