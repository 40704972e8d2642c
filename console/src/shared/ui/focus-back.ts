import { useEffect, useState } from 'react'

/** For a dialog that is drawn only while it is open: whoever opened it goes on where they were. */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true })
    },
    [opener],
  )
}
