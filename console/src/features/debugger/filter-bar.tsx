import { Button, Select, SimpleGrid } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { AddressTextInput } from '../../shared/ui/address-text-input.tsx'
import { type Filter, isFiltering, OUTCOMES, TYPES } from './search.ts'

/** What is to be seen of what comes. */
export function FilterBar({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const set = (part: Partial<Filter>) => onFilter({ ...filter, ...part })
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs" verticalSpacing="xs">
      <AddressTextInput
        label="Search"
        size="xs"
        placeholder="any text in it"
        leftSection={<IconSearch size={14} aria-hidden />}
        inAddress={filter.q}
        onText={(q) => set({ q })}
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
      <AddressTextInput
        label="Event"
        size="xs"
        placeholder="its name"
        inAddress={filter.event}
        onText={(event) => set({ event })}
      />
      <AddressTextInput
        label="User"
        size="xs"
        placeholder="any of its ids"
        inAddress={filter.user}
        onText={(user) => set({ user })}
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
