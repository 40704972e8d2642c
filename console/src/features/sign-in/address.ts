import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

/** Whom an invitation or a reset in the address is for, `#token=…&email=…`; each is empty when it is not there. */
export interface PassedOn {
  readonly token: string
  readonly email: string
}

/**
 * It is read once, and does not stay in the address and the history of the browser, where others could find the secret.
 */
export function usePassedOn(): PassedOn {
  const [passedOn] = useState(() => {
    const given = new URLSearchParams(window.location.hash.slice(1))
    return { token: given.get('token') ?? '', email: given.get('email') ?? '' }
  })
  const navigate = useNavigate()
  useEffect(() => {
    if (passedOn.token !== '') void navigate({ to: '.', hash: '', replace: true })
  }, [passedOn, navigate])
  return passedOn
}
