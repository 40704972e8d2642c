import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { useArrival } from './arrival.ts'

const STATE_PX = 24

const InPage = createContext(false)

/** Whether what is drawn stands below the title of a view. */
export const useIsInPage = () => useContext(InPage)

/**
 * The frame of one view: its name, what it is for, the page of the docs that explains it, and what can be done here.
 * @param help page of docs/ with anchor, e.g. `operations#alerts`
 */
export function Page(props: {
  title: string
  purpose?: ReactNode
  /** How it is just now: known a little later than the rest, so its line is there before. */
  state?: ReactNode
  help: string
  actions?: ReactNode
  children: ReactNode
}) {
  const { title, purpose, state, help, actions, children } = props
  const [page = '', anchor] = help.split('#')
  const heading = useArrival()
  useEffect(() => {
    document.title = `${title} · Grapevine`
  }, [title])
  return (
    <Stack gap="md" maw={1200}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Title order={1} ref={heading} tabIndex={-1}>
              {title}
            </Title>
            <Anchor
              component={Link}
              to={`/help/${page}`}
              hash={anchor}
              aria-label={`Help on ${title}`}
              display="flex"
              p={3}
              mt={6}
            >
              <IconHelpCircle size={18} />
            </Anchor>
          </Group>
          {purpose !== undefined && <Text size="sm">{purpose}</Text>}
          {state !== undefined && <Box mih={STATE_PX}>{state}</Box>}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      <InPage value={true}>{children}</InPage>
    </Stack>
  )
}
