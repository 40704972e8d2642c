import { Anchor, Code, Table, Text, Title, Typography } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useParams } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import Markdown, { type Components } from 'react-markdown'
import rehypeSlug from 'rehype-slug'
import remarkGfm from 'remark-gfm'
import { useArrival } from '../../shared/ui/arrival.ts'
import { Loading } from '../../shared/ui/loading.tsx'
import { NotFound } from '../../shared/ui/not-found.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'

/** The docs of the very version that runs; they need no network. */
const DOCS = import.meta.glob<string>('../../../../docs/*.md', { query: '?raw', import: 'default' })

const fileOf = (page: string) => `../../../../docs/${page}.md`

/** A page of docs/. */
export function HelpPage() {
  const { page } = useParams({ from: '/signed-in/help/$page' })
  const load = DOCS[fileOf(page)]
  const text = useQuery({ queryKey: ['help', page], enabled: load !== undefined, queryFn: () => load?.() ?? '' })
  useAnchor(text.isSuccess)
  useEffect(() => {
    document.title = `Help on ${page} · Grapevine`
  }, [page])
  if (load === undefined) return <NotFound />
  switch (text.status) {
    case 'pending':
      return <Loading label="Loading the page of the docs" rows={12} />
    case 'error':
      return (
        <Page title={`Help on ${page}`} help="console">
          <ProblemPanel problem={text.error} onRetry={() => void text.refetch()} />
        </Page>
      )
    case 'success':
      return (
        <Typography maw={860}>
          <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSlug]} components={COMPONENTS}>
            {text.data}
          </Markdown>
        </Typography>
      )
  }
}

/** The text is there only after the page: what the address points at is looked for anew. */
function useAnchor(isThere: boolean) {
  const { hash, pathname } = useLocation()
  useEffect(() => {
    if (isThere && pathname !== '') document.getElementById(hash)?.scrollIntoView()
  }, [isThere, hash, pathname])
}

function Heading({ children, id }: { children?: ReactNode; id?: string | undefined }) {
  const heading = useArrival()
  return (
    <Title order={1} id={id} ref={heading} tabIndex={-1}>
      {children}
    </Title>
  )
}

const COMPONENTS: Components = {
  a: ({ href = '', children }) => {
    const [, page, anchor] = /^([\w-]+)\.md(?:#(.*))?$/.exec(href) ?? []
    if (page !== undefined) {
      return (
        <Anchor component={Link} to={`/help/${page}`} hash={anchor}>
          {children}
        </Anchor>
      )
    }
    if (href.startsWith('#')) return <Anchor href={href}>{children}</Anchor>
    if (!href.startsWith('https://')) return <>{children}</>
    return (
      <Anchor href={href} target="_blank" rel="noreferrer">
        {children}
      </Anchor>
    )
  },
  h1: Heading,
  pre: ({ children }) => (
    <Code block tabIndex={0}>
      {children}
    </Code>
  ),
  table: ({ children }) => (
    <Table.ScrollContainer minWidth={320}>
      <Table>{children}</Table>
    </Table.ScrollContainer>
  ),
  p: ({ children }) => <Text component="p">{children}</Text>,
}
