/** What the page of a destination leads to, in this order. A tab is listed when it works. */
import type { Destination } from './api/destinations.ts'
import { isExtole } from './kinds.ts'

export interface Tab {
  readonly label: string
  /** Below the address of the destination; empty for the first. */
  readonly path: string
  /** Absent for a tab that every destination has. */
  readonly isFor?: (destination: Destination) => boolean
}

export const TABS: readonly Tab[] = [
  { label: 'Overview', path: '' },
  { label: 'Delivery', path: 'delivery' },
  { label: 'Settings', path: 'settings' },
  { label: 'Mappings', path: 'mappings' },
  { label: 'Filters', path: 'filters' },
  { label: 'Event names', path: 'event-names', isFor: isExtole },
  { label: 'Event tester', path: 'test' },
]
