import { useLocation } from '@tanstack/react-router'
import { type RefObject, useEffect, useRef } from 'react'

/** The path of the view that the browser itself has loaded: there it has begun at the top. */
let loadedAt: string | undefined
let hasMoved = false

/**
 * For the title of a view: whoever came by a link of the console goes on there, and hears where they are. Whoever has begun
 * something in the view already, or in a dialog over it, is left there.
 */
export function useArrival(): RefObject<HTMLHeadingElement | null> {
  const title = useRef<HTMLHeadingElement>(null)
  const path = useLocation({ select: ({ pathname }) => pathname })
  useEffect(() => {
    loadedAt ??= path
    hasMoved ||= path !== loadedAt
    if (!hasMoved) return
    const { activeElement } = document
    if (activeElement?.closest('#main, [role=dialog]') == null) title.current?.focus({ preventScroll: true })
  }, [path])
  return title
}
