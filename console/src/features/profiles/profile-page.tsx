import { Badge, Group, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Profile } from '../../../../src/api/answers/profiles.ts'
import type { Space } from '../../../../src/api/answers/spaces.ts'
import { count, counted } from '../../shared/format.ts'
import { useMay } from '../../shared/session.ts'
import { Answered } from '../../shared/ui/answered.tsx'
import { NotYours } from '../../shared/ui/for-those.tsx'
import { InSpace } from '../../shared/ui/in-space.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { DeletePerson } from '../privacy/delete-person.tsx'
import { type Named, profileQuery } from './api.ts'
import { AudienceList } from './audience-list.tsx'
import { EventList } from './event-list.tsx'
import { History } from './history.tsx'
import { IdentifierTable } from './identifier-table.tsx'
import { bestOf } from './ids.ts'
import { PROFILE_TABS, type ProfileTab } from './route.ts'
import { TraitTable } from './trait-table.tsx'

const HELP = 'console#why-did-this-user-not-get-it'

export function ProfilePage() {
  const { lookup } = useParams({ from: '/signed-in/profiles/$lookup' })
  const mayRead = useMay('pii:read')
  return (
    <InSpace title="Profile" help={HELP}>
      {(space) =>
        mayRead ? (
          <One space={space} one={{ space: space.id, lookup }} />
        ) : (
          <Page title="Profile" help={HELP}>
            <NotYours right="pii:read" what="Profiles are" />
          </Page>
        )
      }
    </InSpace>
  )
}

function One({ space, one }: { space: Space; one: Named }) {
  const query = useQuery(profileQuery(one))
  const profile = query.data
  const name = profile === undefined ? one.lookup : (bestOf(profile.externalIds)?.id ?? profile.profileId)
  return (
    <Page
      title={name}
      purpose={profile === undefined ? '\u00a0' : <Summary profile={profile} space={space} />}
      help={HELP}
      actions={
        profile?.collection === 'users' && (
          <DeletePerson
            name={name}
            person={one}
            hasUserId={profile.externalIds.some(({ type }) => type === 'user_id')}
          />
        )
      }
    >
      <Answered query={query} label="Loading the profile" rows={8}>
        {(found) => <ProfileTabs profile={found} one={one} />}
      </Answered>
    </Page>
  )
}

function Summary({ profile, space }: { profile: Profile; space: Space }) {
  const { collection, merges, createdAt, updatedAt } = profile
  return (
    <>
      {collection === 'users' ? 'Person' : 'Company'} in {space.name}, first seen <Ago at={createdAt} />; last event{' '}
      <Ago at={updatedAt} />
      {merges > 0 && `; ${counted(merges, 'profile')} merged into it`}.
    </>
  )
}

const LABELS: Readonly<Record<ProfileTab, string>> = {
  events: 'Events',
  traits: 'Traits',
  identifiers: 'Identifiers',
  history: 'How it came to be',
  audiences: 'Audiences and computed traits',
}

function ProfileTabs({ profile, one }: { profile: Profile; one: Named }) {
  const { tab = 'events' } = useSearch({ from: '/signed-in/profiles/$lookup' })
  const navigate = useNavigate()
  const worked = profile.traits.filter((trait) => trait.class !== 'custom')
  const counts: Partial<Record<ProfileTab, number>> = {
    traits: profile.traits.length,
    identifiers: profile.externalIds.length,
    audiences: worked.length,
  }
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(next) => {
        const chosen = PROFILE_TABS.find((each) => each === next)
        void navigate({
          to: '.',
          search: { space: one.space, ...(chosen === undefined ? {} : { tab: chosen }) },
          replace: true,
        })
      }}
    >
      <Tabs.List>
        {PROFILE_TABS.map((each) => (
          <Tabs.Tab key={each} value={each}>
            <Group gap={6} wrap="nowrap">
              <Text size="sm">{LABELS[each]}</Text>
              {counts[each] !== undefined && <Badge size="sm">{count(counts[each])}</Badge>}
            </Group>
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="events" pt="md">
        <EventList one={one} />
      </Tabs.Panel>
      <Tabs.Panel value="traits" pt="md">
        <TraitTable traits={profile.traits} />
      </Tabs.Panel>
      <Tabs.Panel value="identifiers" pt="md">
        <IdentifierTable ids={profile.externalIds} />
      </Tabs.Panel>
      <Tabs.Panel value="history" pt="md">
        <History one={one} />
      </Tabs.Panel>
      <Tabs.Panel value="audiences" pt="md">
        <AudienceList traits={worked} space={one.space} />
      </Tabs.Panel>
    </Tabs>
  )
}
