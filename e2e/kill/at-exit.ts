/** What must be undone even when the process is interrupted, the latest first. */
const pending: (() => void)[] = []

process.on('exit', () => {
  for (const undo of pending.toReversed()) {
    try {
      undo()
    } catch (error) {
      console.error(String(error))
    }
  }
})

/** Runs `undo` when the process exits, unless the returned function is called before. */
export function atExit(undo: () => void): () => void {
  pending.push(undo)
  return () => {
    const index = pending.indexOf(undo)
    if (index !== -1) pending.splice(index, 1)
  }
}
