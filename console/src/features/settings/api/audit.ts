import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/audit.ts'
import { ask } from '../../../shared/api.ts'
import { type AuditFilter, auditQueryOf } from '../audit-filter.ts'

const PAGE_ROWS = 50

export const auditQuery = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ['audit', filter],
    queryFn: async ({ signal }) => {
      const query = { ...auditQueryOf(filter), 'pagination.count': PAGE_ROWS }
      return (await ask(answers.listAuditEvents, '/audit-events', { query, signal })).data
    },
  })

export const verifyAudit = async () =>
  (await ask(answers.verifyAuditEvents, '/audit-events/verification')).data.verification

/** The browser downloads it. */
export const exportAddress = (format: 'csv' | 'ndjson') => `/api/audit-events/export?format=${format}`
