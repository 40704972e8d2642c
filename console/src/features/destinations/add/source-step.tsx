import { Button, Group, Paper, Radio, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { destinationsQuery } from '../../../shared/destinations.ts'
import { sourcesQuery } from '../../../shared/sources.ts'
import { spacesQuery } from '../../../shared/spaces.ts'
import { Answered } from '../../../shared/ui/answered.tsx'
import { Empty } from '../../../shared/ui/empty.tsx'
import { PermittedLink } from '../../../shared/ui/permitted-link.tsx'
import { catalogEntryQuery } from '../api/catalog.ts'
import type { AddSearch } from '../route.ts'

interface Step {
  readonly kind: string
  readonly source: string | undefined
  readonly go: (changes: AddSearch) => void
}

/** Whose events the destination is to get: a source's, or those that the audiences and traits of a space make. */
export function SourceStep({ kind, ...step }: Step) {
  const sources = useQuery(sourcesQuery)
  const spaces = useQuery(spacesQuery)
  return (
    <Answered query={sources} label="Loading sources" rows={4}>
      {(ofSources) => (
        <Answered query={spaces} label="Loading spaces" rows={4}>
          {(ofSpaces) =>
            ofSources.length + ofSpaces.length === 0 ? (
              <Empty title="No sources yet" hint="A destination gets the events of one source. Make a source first.">
                <PermittedLink right="api:write" to="/sources/add">
                  Add Source
                </PermittedLink>
              </Empty>
            ) : (
              <Choice
                kind={kind}
                {...step}
                sources={ofSources.map(({ id, name, metadata }) => ({ id, name, what: metadata.name }))}
                spaces={ofSpaces.map(({ id, name }) => ({ id, name, what: 'Its audiences and computed traits' }))}
              />
            )
          }
        </Answered>
      )}
    </Answered>
  )
}

interface Choosable {
  readonly id: string
  readonly name: string
  readonly what: string
}

function Choice(props: Step & { sources: readonly Choosable[]; spaces: readonly Choosable[] }) {
  const { kind, source, go, sources, spaces } = props
  const { data: entry } = useQuery(catalogEntryQuery(kind))
  const [chosen, setChosen] = useState(source ?? null)
  return (
    <Paper withBorder p="lg" maw={640}>
      <Stack>
        <Title order={2}>Which source should {entry?.name ?? kind} get events from?</Title>
        <Radio.Group value={chosen} onChange={setChosen} aria-label="Source">
          <Stack gap="lg">
            <Several heading="Sources" choices={sources} kind={kind} />
            <Several heading="Spaces" choices={spaces} kind={kind} />
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

/** Nothing where there are none. */
function Several({ heading, choices, kind }: { heading: string; choices: readonly Choosable[]; kind: string }) {
  const { data: destinations = [] } = useQuery(destinationsQuery)
  if (choices.length === 0) return null
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        {heading}
      </Title>
      {choices.map(({ id, name, what }) => {
        const has = destinations.some((each) => each.sourceId === id && each.metadata.slug === kind)
        return (
          <Radio
            key={id}
            value={id}
            label={name}
            description={`${what}${has ? '. It has such a destination already; this one would be a second.' : ''}`}
          />
        )
      })}
    </Stack>
  )
}
