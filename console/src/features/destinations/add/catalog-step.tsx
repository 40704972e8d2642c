import { Alert, Badge, Button, Code, Group, Paper, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { counted } from '../../../shared/format.ts'
import { AddressTextInput } from '../../../shared/ui/address-text-input.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { Loading } from '../../../shared/ui/loading.tsx'
import { ProblemPanel } from '../../../shared/ui/problem-panel.tsx'
import { type CatalogSummary, catalogQuery } from '../api/catalog.ts'
import type { AddSearch } from '../route.ts'
import { allCategories, categoriesOf, found } from './catalog-filter.ts'

interface Step {
  readonly search: AddSearch
  readonly go: (changes: AddSearch) => void
  /** Looks for something else in the same step: nothing that one goes back through. */
  readonly look: (changes: AddSearch) => void
}

export function CatalogStep({ search, go, look }: Step) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(catalogQuery)
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const entries = data?.pages.flatMap((page) => page.entries) ?? []
  const notices = data?.pages[0]?.notices ?? []
  const shown = found(entries, search)
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <AddressTextInput
          label="Search the catalog"
          placeholder="Extole Platform"
          leftSection={<IconSearch size={16} aria-hidden />}
          flex="1 1 260px"
          inAddress={search.q}
          onText={(q) => look({ q })}
        />
        <Select
          label="Category"
          placeholder="All"
          clearable
          flex="0 1 240px"
          data={[...allCategories(entries)]}
          value={search.category ?? null}
          onChange={(category) => look({ category: category ?? undefined })}
        />
      </Group>
      {error !== null && <ProblemPanel problem={error} onRetry={() => void refetch()} />}
      {notices.map((notice) => (
        <Alert key={notice} color="blue" variant="light">
          {notice.split('`').map((text, place) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a sentence have nothing but their place
            place % 2 === 0 ? text : <Code key={place}>{text}</Code>,
          )}
        </Alert>
      ))}
      {data === undefined && error === null && <Loading label="Loading the catalog" rows={6} />}
      {data !== undefined && (
        <Text size="sm" role="status">
          {counted(shown.length, 'destination')}
          {hasNextPage ? ' so far' : ''}
        </Text>
      )}
      {data !== undefined && !hasNextPage && shown.length === 0 ? (
        <Empty title="Nothing is called so" hint="Search for another word, or look through all categories.">
          <Button variant="default" onClick={() => look({ q: undefined, category: undefined })}>
            Show all
          </Button>
        </Empty>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
          {shown.map((entry) => (
            <Card key={entry.slug} entry={entry} onChoose={() => go({ step: 'source', kind: entry.slug })} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  )
}

function Card({ entry, onChoose }: { entry: CatalogSummary; onChoose: () => void }) {
  return (
    <Paper withBorder p="md" component="article" aria-label={entry.name}>
      <Stack h="100%" gap="xs" justify="space-between">
        <Stack gap={4}>
          <Title order={2} size="h3">
            {entry.name}
          </Title>
          <Text size="sm" lineClamp={3}>
            {entry.description || 'One of Segment’s destinations.'}
          </Text>
        </Stack>
        <Stack gap="xs">
          <Group gap={4}>
            {categoriesOf(entry).map((category) => (
              <Badge key={category} color="gray">
                {category}
              </Badge>
            ))}
          </Group>
          <Button variant="light" onClick={onChoose} aria-label={`Choose ${entry.name}`}>
            Choose
          </Button>
        </Stack>
      </Stack>
    </Paper>
  )
}
