import { SETTINGS } from '../app/index.ts'
import { print, printJson } from './output.ts'

/** The environment variables that `serve` reads. */
export async function settingsCommand(options: { json?: boolean }): Promise<void> {
  const settings = Object.entries(SETTINGS).map(([name, { doc, fallback }]) => ({
    name,
    doc,
    default: fallback ?? null,
  }))
  if (options.json === true) return printJson(settings)
  for (const { name, doc, default: fallback } of settings) {
    print(`${name}\n    ${doc}${fallback ? ` Default ${fallback}.` : ''}`)
  }
}
