/** What the navigation leads to. An area is listed when it works. */
import {
  IconGauge,
  IconListSearch,
  IconMathFunction,
  IconPlugConnected,
  type IconProps,
  IconSend,
  IconSettings,
  IconShieldLock,
  IconUserSearch,
  IconUsersGroup,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'

export interface Area {
  readonly label: string
  readonly to: string
  readonly icon: ComponentType<IconProps>
  /** Shown to those only who have this right. */
  readonly right?: string
}

export const AREAS: readonly Area[] = [
  { label: 'Overview', to: '/', icon: IconGauge },
  { label: 'Sources', to: '/sources', icon: IconPlugConnected },
  { label: 'Destinations', to: '/destinations', icon: IconSend },
  { label: 'Events', to: '/events', icon: IconListSearch },
  { label: 'Profiles', to: '/profiles', icon: IconUserSearch, right: 'pii:read' },
  { label: 'Audiences', to: '/audiences', icon: IconUsersGroup },
  { label: 'Traits', to: '/traits', icon: IconMathFunction },
  { label: 'Privacy', to: '/privacy', icon: IconShieldLock },
  { label: 'Settings', to: '/settings', icon: IconSettings },
]
