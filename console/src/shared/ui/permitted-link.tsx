import { Button, type ButtonProps } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../session.ts'
import { PermittedButton } from './act.tsx'

interface Leads extends ButtonProps {
  readonly to: string
  /** What is done there asks for it. */
  readonly right: string
  readonly children: ReactNode
}

/** Leads to where something is made. Who may not make it sees it greyed, and why. */
export const PermittedLink = ({ to, right, ...button }: Leads) =>
  useMay(right) ? <Button component={Link} to={to} {...button} /> : <PermittedButton right={right} {...button} />
