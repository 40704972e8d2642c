import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

/**
 * The secret of an invitation or a reset in the address, `#token=`; empty when there is none. It is read once, and does not
 * stay in the address and the history of the browser, where others could find it.
 */
export function useTokenOfAddress(): string {
  const [token] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('token') ?? '')
  const navigate = useNavigate()
  useEffect(() => {
    if (token !== '') void navigate({ to: '.', hash: '', replace: true })
  }, [token, navigate])
  return token
}
