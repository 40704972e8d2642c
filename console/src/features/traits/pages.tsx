import { DeletedPage } from '../computations/deleted-page.tsx'
import { KINDS } from '../computations/kinds.ts'
import { ListPage } from '../computations/list-page.tsx'
import { EditPage, NewPage } from '../computations/make-page.tsx'
import { OnePage } from '../computations/one-page.tsx'

export const TraitsPage = () => <ListPage kind={KINDS.trait} />
export const DeletedTraitsPage = () => <DeletedPage kind={KINDS.trait} />
export const NewTraitPage = () => <NewPage kind={KINDS.trait} />
export const TraitPage = () => <OnePage kind={KINDS.trait} />
export const EditTraitPage = () => <EditPage kind={KINDS.trait} />
