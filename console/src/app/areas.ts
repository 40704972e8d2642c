/** What the navigation leads to. An area is listed when it works. */
import {
  IconGauge,
  IconMathFunction,
  type IconProps,
  IconSend,
  IconSettings,
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
  { label: 'Destinations', to: '/destinations', icon: IconSend },
  { label: 'Audiences', to: '/audiences', icon: IconUsersGroup },
  { label: 'Traits', to: '/traits', icon: IconMathFunction },
  { label: 'Settings', to: '/settings', icon: IconSettings },
]
