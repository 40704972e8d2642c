import { DeletedPage } from '../computations/deleted-page.tsx'
import { KINDS } from '../computations/kinds.ts'
import { ListPage } from '../computations/list-page.tsx'
import { EditPage, NewPage } from '../computations/make-page.tsx'
import { OnePage } from '../computations/one-page.tsx'

export const AudiencesPage = () => <ListPage kind={KINDS.audience} />
export const DeletedAudiencesPage = () => <DeletedPage kind={KINDS.audience} />
export const NewAudiencePage = () => <NewPage kind={KINDS.audience} />
export const AudiencePage = () => <OnePage kind={KINDS.audience} />
export const EditAudiencePage = () => <EditPage kind={KINDS.audience} />
