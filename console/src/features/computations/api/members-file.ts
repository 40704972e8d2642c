import { answerTo } from '../../../shared/api.ts'
import { NOTHING_RECEIVED, type Received, received } from '../csv-progress.ts'
import { type Named, onePath } from './computations.ts'

/**
 * Everybody who is in, as CSV.
 * @param onProgress how many rows are there, of how many
 * @throws Problem
 */
export async function membersFile(
  { space, kind, id }: Named,
  signal: AbortSignal,
  onProgress: (rows: number, total: number) => void,
): Promise<Received> {
  const answer = await answerTo(`${onePath(space, kind, id)}/members/export`, { signal })
  const total = Number(answer.headers.get('x-total-count') ?? 0)
  onProgress(0, total)
  let file = NOTHING_RECEIVED
  const decoder = new TextDecoder()
  if (answer.body === null) return file
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return file
    file = received(file, decoder.decode(value, { stream: true }))
    onProgress(Math.min(file.rows, total), total)
  }
}
