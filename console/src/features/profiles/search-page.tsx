import { Button, Group, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { counted } from '../../shared/format.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { ForThose } from '../../shared/ui/for-those.tsx'
import { InSpace, SpacePicker } from '../../shared/ui/in-space.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { searchQuery } from './api.ts'
import { bestOf, lookedForText, typeText } from './ids.ts'

const HELP = 'console#why-did-this-user-not-get-it'

/** Somebody is found by whatever of their ids is at hand. */
export function SearchPage() {
  return (
    <InSpace title="Profiles" help={HELP}>
      {(space) => (
        <Page
          title="Profiles"
          purpose="Find somebody by any id, and see what is known of them and what became of their events."
          help={HELP}
          actions={<SpacePicker space={space} />}
        >
          <ForThose right="pii:read" what="Profiles are">
            <Search space={space} />
          </ForThose>
        </Page>
      )}
    </InSpace>
  )
}

function Search({ space }: { space: Space }) {
  const { q = '' } = useSearch({ from: '/signed-in/profiles' })
  const navigate = useNavigate()
  return (
    <>
      <SearchField
        key={q}
        begun={q}
        onSearch={(next) =>
          void navigate({ to: '/profiles', search: { space: space.id, ...(next === '' ? {} : { q: next }) } })
        }
      />
      {q === '' ? (
        <Empty
          title="Whom do you look for?"
          hint="An email address, user id, anonymous id, company or any other external id. To look for one type only, write it before, such as phone:+15550100."
        />
      ) : (
        <Found space={space} q={q} />
      )}
    </>
  )
}

function SearchField({ begun, onSearch }: { begun: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(begun)
  return (
    <form
      aria-label="Search profiles"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(text.trim())
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Email address, user id, anonymous id or any other id"
          maxLength={500}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: '1 1 16rem' }}
          maw={520}
          autoFocus
        />
        <Button type="submit">Find</Button>
      </Group>
    </form>
  )
}

function Found({ space, q }: { space: Space; q: string }) {
  const query = useQuery(searchQuery(space.id, q))
  return (
    <Answered query={query} label="Looking for the profile" rows={3}>
      {({ lookedFor, profiles }) => (
        <Stack gap="sm">
          <Text size="sm" role="status">
            {profiles.length === 0 ? 'Nobody' : counted(profiles.length, 'profile')} in {space.name} with {q} as{' '}
            {lookedForText(lookedFor)}.
          </Text>
          {profiles.length === 0 && <Nobody q={q} />}
          {profiles.map((profile) => (
            <Paper key={profile.profileId} withBorder p="md">
              <AnchorLink
                to="/profiles/$lookup"
                params={{ lookup: profile.profileId }}
                search={{ space: space.id }}
                fw={600}
              >
                {bestOf(profile.externalIds)?.id ?? profile.profileId}
              </AnchorLink>
              <Text size="sm">
                {profile.collection === 'users' ? 'Person' : 'Company'} found by {typeText(profile.foundBy.type)};{' '}
                {counted(profile.externalIds.length, 'id')}, {counted(profile.merges, 'merge')}, last event{' '}
                <Ago at={profile.updatedAt} />
              </Text>
            </Paper>
          ))}
        </Stack>
      )}
    </Answered>
  )
}

/** Somebody without a profile may still have sent something. */
function Nobody({ q }: { q: string }) {
  return (
    <Empty
      title="Nobody has this id"
      hint="No event with it had a part in profiles, or the person asked to be forgotten. The id may also be one of an event."
    >
      <Group gap="md">
        <AnchorLink to="/events" search={{ userId: q }} size="sm">
          Deliveries of the user id {q}
        </AnchorLink>
        <AnchorLink to="/events/$messageId" params={{ messageId: q }} size="sm">
          The event with the message id {q}
        </AnchorLink>
      </Group>
    </Empty>
  )
}
