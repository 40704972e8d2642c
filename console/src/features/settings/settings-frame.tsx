import { NavLink, Stack } from '@mantine/core'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useSession } from '../../shared/session.ts'
import { NotYours } from '../../shared/ui/for-those.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { isPermitted, PARTS } from './parts.ts'
import styles from './settings-frame.module.css'

/** Beside each part of the settings stand the others that one may see; of the rest it is told what they ask for. */
export function SettingsFrame() {
  // What is drawn, which changes a moment after the address.
  const path = useRouterState({ select: ({ matches }) => matches.at(-1)?.pathname ?? '' })
  const rights = useSession()?.rights ?? []
  const isHere = ({ to }: { to: string }) => path === to || path.startsWith(`${to}/`)
  const here = PARTS.find(isHere)
  return (
    <div className={styles['frame']}>
      <Stack component="nav" gap={2} className={styles['parts']} aria-label="Settings">
        {PARTS.filter((part) => isPermitted(part, rights)).map((part) => (
          <NavLink
            key={part.to}
            component={Link}
            to={part.to}
            label={part.label}
            active={part === here}
            aria-current={part === here ? 'page' : undefined}
          />
        ))}
      </Stack>
      <div className={styles['page']}>
        {here === undefined || !('right' in here) || isPermitted(here, rights) ? (
          <Outlet />
        ) : (
          <Page title={here.label} help="accounts#roles">
            <NotYours right={here.right} what="This part of the settings is" />
          </Page>
        )}
      </div>
    </div>
  )
}
