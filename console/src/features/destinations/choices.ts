/** The choices of a setting or field, which the catalog has in several forms. */
export interface Choice {
  readonly value: string
  readonly label: string
}

/** @returns undefined where any value may be entered */
export function choicesOf(choices: unknown): readonly Choice[] | undefined {
  if (!Array.isArray(choices) || choices.length === 0) return undefined
  return choices.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) return { value: String(each), label: String(each) }
    const { value, label } = each as { value?: unknown; label?: unknown }
    return { value: String(value), label: String(label ?? value) }
  })
}
