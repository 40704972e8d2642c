/** Everything that the API tells of a workspace, to see that nothing else was touched. */
import { expect } from 'vitest'
import type { TestServer } from './server.fixture.ts'

/** @returns answers by path, and how many rows the audit trail has: none is added without a change */
export async function stateOf({ running, quickstart }: TestServer): Promise<Record<string, unknown>> {
  const { destinationId, spaceId, publicApiToken } = quickstart
  const paths = [
    ...['', '/sources', '/destinations', '/labels', '/users', '/groups', '/invites', '/tokens', '/spaces'],
    ...[`/destination/${destinationId}/filters`, `/destinations/${destinationId}/subscriptions`],
    ...[`/spaces/${spaceId}/audiences`, `/spaces/${spaceId}/computed-traits`, `/spaces/${spaceId}/identity-rules`],
    ...[`/filters?integrationId=${spaceId}`, '/audit-events/verification'],
  ]
  const state: Record<string, unknown> = {}
  for (const path of paths) {
    const headers = { authorization: `Bearer ${publicApiToken}` }
    const response = await fetch(`${running.url}/api${path}`, { headers })
    expect([path, response.status]).toEqual([path, 200])
    state[path] = await response.json()
  }
  return state
}
