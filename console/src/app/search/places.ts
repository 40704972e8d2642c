/** What is there always: views, and what can be begun in them. Pure. */
import { isPermitted, PARTS } from '../../features/settings/parts.ts'
import type { Area } from '../areas.ts'
import type { Entry, Kind } from './find.ts'

interface Place {
  readonly label: string
  readonly to: string
  readonly names?: readonly string[]
  readonly right?: string
}

/** Views that stand in no navigation. */
const FURTHER: readonly Place[] = [
  { label: 'Debugger', to: '/debugger', names: ['live events'], right: 'pii:read' },
  { label: 'Delivery', to: '/delivery', names: ['dead letters', 'hold', 'breaker'] },
  { label: 'Replays', to: '/replays' },
  { label: 'Deleted audiences', to: '/audiences/deleted', names: ['restore'] },
  { label: 'Deleted computed traits', to: '/traits/deleted', names: ['restore'] },
  { label: 'Help', to: '/help', names: ['docs'] },
]

const ACTIONS: readonly Place[] = [
  { label: 'Add Source', to: '/sources/add', names: ['new source'], right: 'api:write' },
  { label: 'Add Destination', to: '/destinations/add', names: ['new destination', 'catalog'], right: 'api:write' },
  { label: 'New audience', to: '/audiences/new', names: ['add audience'], right: 'api:write' },
  { label: 'New computed trait', to: '/traits/new', names: ['new trait', 'add trait'], right: 'api:write' },
  { label: 'Delete a user', to: '/privacy/delete', names: ['forget', 'gdpr', 'erase'], right: 'regulations:write' },
]

/** @param areas those that the navigation shows */
export function placesFor(areas: readonly Pick<Area, 'label' | 'to'>[], rights: readonly string[]): readonly Entry[] {
  const entry = (kind: Kind, { label, to, names = [] }: Place, detail?: string): Entry => ({
    kind,
    label,
    to,
    names,
    ...(detail === undefined ? {} : { detail }),
  })
  const isTheirs = ({ right }: Place) => right === undefined || rights.includes(right)
  return [
    ...areas.map((each) => entry('view', each)),
    ...FURTHER.filter(isTheirs).map((each) => entry('view', each)),
    ...PARTS.filter((each) => isPermitted(each, rights)).map((each) => entry('view', each, 'Settings')),
    ...ACTIONS.filter(isTheirs).map((each) => entry('action', each)),
  ]
}
