/** In a line, whether somebody is needed. Pure. */
import type { StateWords } from '../../shared/destination-state.ts'
import { counted } from '../../shared/format.ts'

/** Null while every destination gets its events. @param all of the destinations; how many deliveries wait for each */
export function troubleText(
  all: readonly { readonly words: Pick<StateWords, 'tone' | 'title'>; readonly pending: number }[],
): string | null {
  const bad = all.filter(({ words }) => words.tone === 'bad')
  if (bad.length === 0) return null
  const waiting = bad.reduce((sum, { pending }) => sum + pending, 0)
  const why = [...new Set(bad.map(({ words: { title } }) => title.charAt(0).toLowerCase() + title.slice(1)))]
  const which = `${bad.length} of ${counted(all.length, 'destination')} ${bad.length === 1 ? 'gets' : 'get'} nothing now`
  const waits = waiting === 1 ? '1 delivery waits' : `${counted(waiting, 'delivery', 'deliveries')} wait`
  return `${which} (${why.join(', ')}), and ${waits}.`
}
