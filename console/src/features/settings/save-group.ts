import type { Group } from '../../../../src/api/answers/accounts.ts'
import { Problem } from '../../shared/problem.ts'
import type { Tagged } from '../../shared/safe-save.ts'
import { renameGroup, setGroupPermissions } from './api/groups.ts'
import { draftOf, type GroupDraft } from './group-draft.ts'
import { isSameGrant, permissionsOf } from './rights.ts'

interface Saving {
  readonly id: string
  readonly draft: GroupDraft
  readonly seen: Tagged<Group>
  read(): Promise<Tagged<Group>>
}

/** Saves what differs, over what was seen. @throws Problem 412 when somebody else was quicker */
export async function saveGroup({ id, draft, seen, read }: Saving): Promise<void> {
  const before = draftOf(seen.value)
  if (draft.name !== before.name) await renameGroup(id, draft.name, seen.tag)
  if (isSameGrant(draft.grant, before.grant)) return
  // What a group gives has no tag of its own.
  const now = draftOf((await read()).value)
  if (!isSameGrant(now.grant, before.grant)) throw new Problem(STALE)
  await setGroupPermissions(id, permissionsOf(draft.grant))
}

const STALE = { status: 412, code: 'stale', message: 'What the group gives was changed since you opened it.' }
