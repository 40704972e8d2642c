/** Where the keyboard goes on after a condition came or went: what it was on is there no more. */

/** What conditions stand in, with the control that adds one to them. */
export const CONDITIONS = { 'data-conditions': '' }
export const CONDITION = { 'data-condition': '' }
export const ADDS = { 'data-adds': '' }

const CONTROLS = 'input:not([type=hidden]):not([disabled]), button:not([disabled]), textarea'

/** To the first control of the condition that was added there last. @param from the control that added it */
export function focusAdded(from: Element): void {
  const around = from.closest('[data-conditions]')
  afterDrawn(() => {
    // The new one comes last, but for conditions that stand in others.
    const last = Array.from(around?.querySelectorAll('[data-condition]') ?? []).at(-1)
    last?.querySelector<HTMLElement>(CONTROLS)?.focus()
  })
}

/** To what adds a condition in its place: of the innermost group that is still there. @param from the control that removes */
export function focusAfterRemoval(from: Element): void {
  const around: Element[] = []
  for (
    let at = from.closest('[data-conditions]');
    at !== null;
    at = at.parentElement?.closest('[data-conditions]') ?? null
  )
    around.push(at)
  afterDrawn(() => {
    const adders = around
      .filter(({ isConnected }) => isConnected)
      .map((each) => each.querySelectorAll<HTMLElement>('[data-adds]'))
    Array.from(adders.find(({ length }) => length > 0) ?? [])
      .at(-1)
      ?.focus()
  })
}

const afterDrawn = (act: () => void) => requestAnimationFrame(() => requestAnimationFrame(act))
