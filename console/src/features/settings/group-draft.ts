/** What a group is called and gives, as it is being edited. Pure. */
import { kept, type Shown } from '../../shared/differences.ts'
import { type Grant, grantOf, isSameGrant, keptGrant, shownIn } from './rights.ts'

export interface GroupDraft {
  readonly name: string
  readonly grant: Grant
}

interface Saved {
  readonly name: string
  readonly permissions: Parameters<typeof grantOf>[0]
}

export const draftOf = ({ name, permissions }: Saved): GroupDraft => ({ name, grant: grantOf(permissions) })

export const isChanged = (seen: GroupDraft, draft: GroupDraft): boolean =>
  draft.name !== seen.name || !isSameGrant(draft.grant, seen.grant)

export const shown = ({ name, grant }: GroupDraft): Shown => new Map([['Name', name], ...shownIn(grant)])

/** What was changed here stays, all else is theirs. */
export const keptDraft = (opened: GroupDraft, theirs: GroupDraft, mine: GroupDraft): GroupDraft => ({
  name: kept(opened.name, theirs.name, mine.name),
  grant: keptGrant(opened.grant, theirs.grant, mine.grant),
})
