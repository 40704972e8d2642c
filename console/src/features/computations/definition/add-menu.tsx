import { Button, Menu } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useRef } from 'react'
import type { Condition } from '../../../../../src/engage/language/index.ts'
import { useAudiences, useKnown } from './choices.tsx'
import { ADDS, focusAdded } from './focus.ts'
import type { NodeProps } from './leaf-view.tsx'
import { START } from './starts.ts'

/** Adds a condition at a place. */
export function AddMenu({ path, scope, dispatch, label }: NodeProps & { label: string }) {
  const audiences = useAudiences()
  const { level } = useKnown()
  const button = useRef<HTMLButtonElement>(null)
  const [first] = audiences
  const items: readonly (readonly [string, () => Condition])[] =
    scope === 'profile'
      ? [
          ['Event', START.event],
          ['Trait', START.trait],
          ...(first === undefined ? [] : [['Audience', () => START.audience(first.key)] as const]),
          ['Group', START.group],
          ...(level === 'accounts'
            ? ([
                ['Any of its users', START.any],
                ['All of its users', START.all],
              ] as const)
            : []),
        ]
      : [
          ['Property', START.property],
          ['Context', START.context],
          ['Trait', START.trait],
          ...(scope === 'event'
            ? ([['Later event', START.later]] as const)
            : ([['Same as the parent event', START.sameAsParent]] as const)),
          ['Group', START.group],
        ]
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button
          {...ADDS}
          ref={button}
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          w="fit-content"
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(([name, start]) => (
          <Menu.Item
            key={name}
            onClick={() => {
              dispatch({ do: 'add', path, condition: start() })
              if (button.current !== null) focusAdded(button.current)
            }}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
