import { Button, Select, SimpleGrid, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type Filter, isFiltering, OUTCOMES, TYPES } from './search.ts'

/** What is to be seen of what comes. */
export function FilterBar({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const set = (part: Partial<Filter>) => onFilter({ ...filter, ...part })
  const typed = (value: string) => (value === '' ? undefined : value)
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs" verticalSpacing="xs">
      <TextInput
        label="Search"
        size="xs"
        placeholder="anything in the event"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={filter.q ?? ''}
        onChange={(event) => set({ q: typed(event.currentTarget.value) })}
      />
      <Select
        label="Type"
        size="xs"
        placeholder="all"
        clearable
        data={[...TYPES]}
        value={filter.type ?? null}
        onChange={(type) => set({ type: type ?? undefined })}
      />
      <TextInput
        label="Event"
        size="xs"
        placeholder="its name"
        value={filter.event ?? ''}
        onChange={(event) => set({ event: typed(event.currentTarget.value) })}
      />
      <TextInput
        label="User"
        size="xs"
        placeholder="userId or anonymousId"
        value={filter.user ?? ''}
        onChange={(event) => set({ user: typed(event.currentTarget.value) })}
      />
      <Select
        label="Outcome"
        size="xs"
        placeholder="all"
        clearable
        data={[...OUTCOMES]}
        value={filter.outcome ?? null}
        onChange={(outcome) => set({ outcome: OUTCOMES.find((each) => each === outcome) })}
      />
      <Button
        size="xs"
        variant="default"
        style={{ alignSelf: 'end' }}
        disabled={!isFiltering(filter)}
        onClick={() => onFilter({})}
      >
        Reset filters
      </Button>
    </SimpleGrid>
  )
}
