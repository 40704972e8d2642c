import { NavLink, Stack } from '@mantine/core'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useSession } from '../../shared/session.ts'
import { permittedParts } from './parts.ts'
import styles from './settings-frame.module.css'

/** Beside each part of the settings stand the others that one may see. */
export function SettingsFrame() {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const rights = useSession()?.rights ?? []
  return (
    <div className={styles['frame']}>
      <Stack component="nav" gap={2} className={styles['parts']} aria-label="Settings">
        {permittedParts(rights).map(({ to, label }) => {
          const isHere = path === to || path.startsWith(`${to}/`)
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
            />
          )
        })}
      </Stack>
      <div className={styles['page']}>
        <Outlet />
      </div>
    </div>
  )
}
