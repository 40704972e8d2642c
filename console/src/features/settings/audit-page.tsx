import { Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Answered } from '../../shared/ui/answered.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { Page } from '../../shared/ui/page.tsx'
import { auditQuery, exportAddress } from './api/audit.ts'
import { AuditChanges } from './audit-changes.tsx'
import type { AuditFilter } from './audit-filter.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditVerification } from './audit-verification.tsx'

export function AuditPage() {
  const filter = useSearch({ from: '/signed-in/settings/audit' })
  const query = useQuery(auditQuery(filter))
  const navigate = useNavigate()
  const show = (search: AuditFilter) => void navigate({ to: '/settings/audit', search })
  const { cursor, ...narrowed } = filter
  const isNarrowed = Object.keys(filter).length > 0
  return (
    <Page
      title="Audit log"
      purpose="Every change, sign-in and sign-out: what, who, from where, and what was there before. Rows are never changed or deleted."
      help="accounts#audit"
      actions={(['csv', 'ndjson'] as const).map((format) => (
        <Button key={format} component="a" href={exportAddress(format)} download={`audit.${format}`} variant="default">
          Export as {format.toUpperCase()}
        </Button>
      ))}
    >
      <AuditVerification />
      <AuditFilters filter={filter} onSearch={show} />
      <Answered query={query} label="Loading changes" rows={10}>
        {({ events, pagination: { next } }) => (
          <Stack>
            {events.length === 0 ? (
              <Empty
                title="No changes"
                hint={
                  isNarrowed
                    ? 'None fits the filter. Show all changes, or choose other days.'
                    : 'Nothing was changed yet.'
                }
              />
            ) : (
              <AuditChanges events={events} />
            )}
            <Group>
              {cursor !== undefined && (
                <Button variant="default" onClick={() => show(narrowed)}>
                  To the newest
                </Button>
              )}
              {next !== undefined && (
                <Button variant="default" onClick={() => show({ ...narrowed, cursor: next })}>
                  Older changes
                </Button>
              )}
            </Group>
          </Stack>
        )}
      </Answered>
    </Page>
  )
}
