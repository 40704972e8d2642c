import { Button, Group, Paper, Radio, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Answered } from '../../../shared/ui/answered.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { catalogEntryQuery } from '../api/catalog.ts'
import { destinationsQuery, sourcesQuery } from '../api/destinations.ts'
import type { AddSearch } from '../route.ts'

interface Step {
  readonly kind: string
  readonly source: string | undefined
  readonly go: (changes: AddSearch) => void
}

/** Whose events the destination is to get. */
export function SourceStep({ kind, source, go }: Step) {
  const query = useQuery(sourcesQuery)
  const { data: destinations = [] } = useQuery(destinationsQuery)
  const { data: entry } = useQuery(catalogEntryQuery(kind))
  const [chosen, setChosen] = useState(source ?? null)
  return (
    <Answered query={query} label="Loading sources" rows={4}>
      {(sources) =>
        sources.length === 0 ? (
          <Empty title="No sources yet" hint="A destination gets the events of one source. Make a source first." />
        ) : (
          <Paper withBorder p="lg" maw={640}>
            <Stack>
              <Title order={2}>Which source should {entry?.name ?? kind} get events from?</Title>
              <Radio.Group value={chosen} onChange={setChosen} aria-label="Source">
                <Stack gap="sm">
                  {sources.map(({ id, name, metadata }) => {
                    const has = destinations.some((each) => each.sourceId === id && each.metadata.slug === kind)
                    return (
                      <Radio
                        key={id}
                        value={id}
                        label={name}
                        description={`${metadata.name}${has ? '. It has such a destination already; this one would be a second.' : ''}`}
                      />
                    )
                  })}
                </Stack>
              </Radio.Group>
              <Text size="sm">The destination begins with the next event after it is switched on.</Text>
              <Group>
                <Button
                  disabled={chosen === null}
                  onClick={() => chosen !== null && go({ step: 'settings', source: chosen })}
                >
                  Confirm Source
                </Button>
                <Button variant="default" onClick={() => go({ step: 'catalog' })}>
                  Back
                </Button>
              </Group>
            </Stack>
          </Paper>
        )
      }
    </Answered>
  )
}
