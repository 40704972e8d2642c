import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconLogout, IconMoon, IconSettings, IconSun, IconUser } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { alertsQuery } from '../shared/alerts.ts'
import { counted } from '../shared/format.ts'
import { begin, sessionQuery, signOut } from '../shared/session.ts'
import { AREAS } from './areas.ts'
import { Incomplete } from './incomplete.tsx'
import { FindAnything } from './search/opener.tsx'
import { SignInAgain } from './sign-in-again.tsx'

/** The frame of every page for somebody who is signed in. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { data: session } = useQuery(sessionQuery)
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const queryClient = useQueryClient()
  useSignInWhenNobody(session === null)
  const areas = AREAS.filter(({ right }) => right === undefined || session?.rights.some((held) => held === right))
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <a className="skip" href="#main">
          To the content
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src="/app/grapevine.svg" alt="" width={26} height={26} />
            {/* On a phone the search and alerts need the room. */}
            <Text fw={700} visibleFrom="xs">
              Grapevine
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {session?.hasEnded !== true && <FindAnything areas={areas} rights={session?.rights ?? NO_RIGHTS} />}
            {session?.hasEnded !== true && session?.rights.includes('api:read') === true && <OpenAlerts />}
            <ColorScheme />
            <Account name={session?.user.name ?? ''} role={session?.user.role ?? ''} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Areas">
        <AppShell.Section grow component={ScrollArea}>
          {areas.map(({ label, to, icon: Icon }) => (
            <NavLink
              key={to}
              label={label}
              component={Link}
              to={to}
              onClick={close}
              active={to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)}
              leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
            />
          ))}
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Outlet />
        <Incomplete />
        {session?.hasEnded === true && <SignInAgain session={session} onLeave={() => begin(queryClient, null)} />}
      </AppShell.Main>
    </AppShell>
  )
}

/** On every page: whoever reads something else when it begins is told. */
function OpenAlerts() {
  const { data } = useQuery(alertsQuery)
  const open = data?.alerts.length ?? 0
  if (open === 0) return null
  return (
    <Button
      component={Link}
      to="/"
      size="compact-sm"
      color="red"
      leftSection={<IconAlertTriangle size={14} aria-hidden />}
    >
      {counted(open, 'alert')}
    </Button>
  )
}

function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      aria-label={isDark ? 'Light colours' : 'Dark colours'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  )
}

function Account({ name, role }: { name: string; role: string }) {
  const queryClient = useQueryClient()
  const end = useMutation({
    mutationFn: signOut,
    onSuccess: () => begin(queryClient, null),
    onError: ({ message }) =>
      notifications.show({ color: 'red', title: 'You are still signed in', message, autoClose: false }),
  })
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={`Account of ${name}`}>
          <IconUser size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}, {role}
        </Menu.Label>
        <Menu.Item component={Link} to="/settings/account" leftSection={<IconSettings size={16} />}>
          Your account
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => end.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

const NO_RIGHTS: readonly string[] = []

function useSignInWhenNobody(isNobody: boolean) {
  const router = useRouter()
  useEffect(() => {
    if (isNobody) void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } })
  }, [isNobody, router])
}
